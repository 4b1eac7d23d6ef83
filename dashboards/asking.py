"""Asking the API as whoever looks at the page: its cookie goes along, and nothing else gives rights."""

from dataclasses import dataclass
from typing import Any

import httpx
from flask import request

PATIENCE = httpx.Timeout(120, connect=5)


class Failed(Exception):
    """What the API said instead of an answer: words for a person, and the code for the page."""

    def __init__(self, words: str, code: str, told: dict[str, Any] | None = None) -> None:
        super().__init__(words)
        self.words, self.code, self.told = words, code, told or {}


@dataclass(frozen=True)
class Ask:
    """The API as one visitor of one tenant sees it."""

    client: httpx.Client
    tenant: str | None
    cookies: dict[str, str]

    def __call__(self, document: str, **variables: Any) -> Any:
        """The `data` of a question. Raises Failed with the first error that the API tells."""
        answer = self._sent("POST", "/graphql", json={"query": document, "variables": variables})
        told = answer.json()
        if told.get("errors"):
            first = told["errors"][0]
            extensions = first.get("extensions", {})
            raise Failed(first["message"], extensions.get("code", "INTERNAL"), extensions)
        return told["data"]

    def changed(self, name: str, document: str, /, **input: Any) -> dict[str, Any]:
        """What a mutation answers. Raises Failed with the first of its user errors."""
        told: dict[str, Any] = self(document, input=input)[name]
        if told["userErrors"]:
            raise Failed(told["userErrors"][0]["message"], "REFUSED")
        return told

    def callers(self) -> list[dict[str, Any]]:
        """Whom the visitor may ask as: tenant, name and permissions of each."""
        return list(self._sent("GET", "/session").json()["callers"])

    def file(self, path: str) -> bytes:
        """A file of the server. Raises Failed."""
        return self._sent("GET", path).content

    def _sent(self, method: str, path: str, **sent: Any) -> httpx.Response:
        headers = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        headers |= {"foodflow-tenant": self.tenant} if self.tenant else {}
        try:
            return self.client.request(method, path, headers=headers, **sent)
        except httpx.HTTPError:
            raise Failed("The server does not answer: wait a moment and load the page again.", "UNAVAILABLE") from None


class Asking:
    """Where the API is; `of` gives it as the visitor of the page that is being made sees it."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False)

    def of(self, tenant: str | None) -> Ask:
        """The API for the visitor of this request, in a tenant (the only one of the visitor when None)."""
        return Ask(self._client, tenant, dict(request.cookies))
