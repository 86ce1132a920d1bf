"""What became better, what became worse, by how much and how surely.

    python -m evals run          the suites on seeds/, or any dataset          session.py run.py suites.py datasets.py
    python -m evals compare      two runs, case by case                        compare.py
    python -m evals report       one HTML page of a run                        pages/
    python -m evals gate         the quick subset behind `make test`           gate.py
    python -m evals sweep        a grid over settings                          sweeps/
    python -m evals generate     cases from one's own articles                 generation/
    python -m evals bench        the speed of each part beside its yardstick   bench/

A case is asked once: asking.py, kept in cache.py. Its scores: scoring.py, from matching.py (answers), retrieval.py and
citing.py; judges.py where a model grades. Figures over many: metrics.py, from statistics.py.
"""
