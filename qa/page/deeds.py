"""The addresses of the library's page: to see it, and what is done there."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from index.articles import Articles
from index.discarded import discard, restore
from qa.page import ledger

Ids = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=1_000)]
Name = Annotated[str, Field(max_length=2_000)]


class Chosen(BaseModel):
    """Articles by id."""

    model_config = ConfigDict(extra="forbid")

    articles: Ids


class Collecting(BaseModel):
    """A collection, with what is put into it and taken out of it; or, where `rename` is there, its new name (empty: dissolved)."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    articles: Ids = []
    leave: Ids = []
    rename: Name | None = None


def make_router(articles: Articles) -> APIRouter:
    """`/library`: all that it tells can be asked for by the other doors as well."""
    router = APIRouter(prefix=ledger.PREFIX, tags=["library"])

    @router.get("", response_class=HTMLResponse, include_in_schema=False)
    def page(
        q: str = "", outlet: str = "", since: str = "", until: str = "", collection: str = "", state: str = "",
        story: str = "", copied: str = "", order: str = "added", down: str = "1", page: str = "1", rows: bool = False,
    ) -> HTMLResponse:  # fmt: skip
        """The table; with `rows`, only what changes in it."""
        asked = ledger.Asked(q, outlet, since, until, collection, state, story, copied, order, down, page)
        return HTMLResponse((ledger.table if rows else ledger.document)(articles, asked))

    @router.get("/collections")
    def collections() -> JSONResponse:
        """Each collection with how many articles are in it."""
        return JSONResponse(articles.library.collections())

    @router.post("/remove")
    def remove(chosen: Chosen) -> dict[str, int]:
        """Removes articles; for a day they can be had back."""
        return {"removed": discard(articles, chosen.articles)}

    @router.post("/restore")
    def back(chosen: Chosen) -> dict[str, int]:
        """Brings back what was removed."""
        return {"restored": restore(articles, chosen.articles)}

    @router.post("/collect")
    def collect(wanted: Collecting) -> dict[str, Any]:
        """Puts articles into a collection, takes them out, or names it otherwise."""
        if wanted.rename is not None:
            articles.library.rename_collection(wanted.name, wanted.rename)
            return {"name": wanted.rename}
        return {"name": articles.library.collect(wanted.name, wanted.articles, wanted.leave)}

    return router
