"""What became better, what became worse, by how much and how surely.

    python -m evals run          the suites on seeds/, or any dataset          run.py suites.py datasets.py
    python -m evals compare      two runs, case by case                        compare.py
    python -m evals report       one HTML page of a run                        report.py
    python -m evals gate         the quick subset behind `make test`           gate.py
    python -m evals bench        the speed of each part beside its yardstick   bench/

Scores of one case: scoring.py, from matching.py (answers), retrieval.py, citing.py (citations).
Figures over many: metrics.py, from statistics.py.
"""
