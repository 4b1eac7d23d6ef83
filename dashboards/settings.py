"""Keys and settings: who may ask in this company and what, and what its journal says of itself."""

import time
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboards.asking import Ask, Asking, Failed
from dashboards.page import Address, Page
from dashboards.parts import asked, card, failure, head, link, moment, number, skeleton, state, table

_FACTS = "{ tenant { name created suspended } caller { name permissions } journal { head { seq hash } } }"
_KEY = "id name permissions created createdBy expires lastUsed state revoked revokedBy lastToAdminister"
_KEYS = f"{{ keys {{ {_KEY} }} administration(first: 20) {{ at caller act about }} }}"
_PAYLOAD = "{ key { id name } secret userErrors { message } }"
_CREATE = f"mutation($input: CreateKeyInput!) {{ createKey(input: $input) {_PAYLOAD} }}"
_ROTATE = f"mutation($input: RotateKeyInput!) {{ rotateKey(input: $input) {_PAYLOAD} }}"
_REVOKE = f"mutation($input: RevokeKeyInput!) {{ revokeKey(input: $input) {_PAYLOAD} }}"
_VERIFY = "{ journal { verification { whole entries things relations problems } } }"
_MAY = {
    "read": "read: look at everything, trace, search",
    "record": "record: import files, state facts, undo",
    "approve": "approve: confirm what was only supposed",
    "administer": "administer: make and end keys, check the journal",
}
_LASTS = [("90d", "90 days"), ("365d", "one year"), ("7d", "7 days"), ("", "no end")]
_TONES = {"valid": "good", "expired": "warn", "revoked": "calm", "replaced": "calm"}
_GRACE = [("", "at once"), ("1h", "in an hour"), ("1d", "in a day")]


def layout(ask: Ask, address: Address) -> Component:
    """The page; keys are asked for when it is there, and only by who may see them."""
    found = ask(_FACTS)
    administers = "administer" in found["caller"]["permissions"]
    return dmc.Stack(
        [
            head("Keys and settings", "Each person and service has a key of its own: what it may do, until when, and who made it."),
            *([_new(), html.Div(id="key-asked", role="status")] if administers else []),
            html.Div(card(skeleton(4), title="Keys"), id="keys-held") if administers else _refused(found["caller"]["name"]),
            html.Div([_company(found, administers), _you(found)], className="two"),
            dcc.Store(id="keys-tenant", data=address.get("tenant")),
            dcc.Store(id="keys-changed"),
        ],
        gap="lg",
    )


def _refused(name: str) -> Component:
    return card(dmc.Text(f"{name} may not administer: ask who does to make, change or end a key.", c="dimmed"), title="Keys")


def _new() -> Component:
    boxes = [dmc.Checkbox(value=value, label=words, mb=6) for value, words in _MAY.items()]
    lasts = dmc.Stack([dmc.Radio(label=words, value=value) for value, words in _LASTS], gap=6)
    return card(
        html.Div(
            [
                dmc.TextInput(id="key-name", label="For whom", description="The person or service that is to hold it", w=280),
                dmc.CheckboxGroup(boxes, id="key-may", label="What it may do", value=["read"]),
                dmc.RadioGroup(lasts, id="key-lasts", label="Ends after", value="90d"),
            ],
            className="row wrap wide-apart",
        ),
        html.Div(dmc.Button("Make a key", id="key-make")),
        html.Div(id="key-made", role="status"),
        title="A new key",
    )


def _made(name: str, secret: str) -> Component:
    copy = dmc.CopyButton(value=secret, children="Copy", copiedChildren="Copied", id="key-copy")
    words = f"The key of {name}. It is shown this once: hand it over, or keep it safe now."
    return dmc.Alert(dmc.Stack([dmc.Text(words), dmc.Group([dmc.Code(secret, id="key-secret", fz=14), copy])], gap="xs"), title="Made", color="teal")


def _held(told: dict[str, Any]) -> Component:
    rows = [_row(key) for key in told["keys"]]
    columns = ["For whom", "May", "State", "Ends (UTC)", "Last used (UTC)", "Made (UTC)", "Change"]
    keys = table(columns, rows, "Keys") if rows else dmc.Text("No key yet: only the owner of the data folder can look in here.", c="dimmed")
    done = [[moment(one["at"]), one["caller"], one["act"], one["about"] or "–"] for one in told["administration"]]
    log = html.Details([html.Summary("What was done to keys, and by whom"), table(["When (UTC)", "Who", "What", "Which"], done, "What was done")])
    return card(keys, log, title="Keys")


def _row(key: dict[str, Any]) -> list[Any]:
    told = {"type": "key-act", "key": key["id"]}
    acts = [
        dmc.Button("New secret", id={**told, "act": "rotate"}, size="compact-sm", variant="default"),
        dmc.Button("End it", id={**told, "act": "revoke"}, size="compact-sm", variant="default"),
    ]
    made = html.Span([moment(key["created"]), f" by {key['createdBy']}" if key["createdBy"] else ""])
    name = html.Span([html.Strong(key["name"]), html.Br(), html.Span(key["id"], className="dimmed number")])
    return [
        name,
        ", ".join(key["permissions"]),
        state(key["state"], _TONES.get(key["state"], "calm")),
        moment(key["expires"], "never"),
        moment(key["lastUsed"], "never"),
        made,
        dmc.Group(acts if key["state"] == "valid" else [], gap="xs", wrap="nowrap"),
    ]


def _company(found: dict[str, Any], administers: bool) -> Component:
    head_, told = found["journal"]["head"], found["tenant"]
    facts = [("Name", told["name"]), ("Here since", html.Span([moment(told["created"]), " UTC"])), ("Journal entries", number(head_["seq"]))]
    listed = html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts], className="facts plain")
    check = [dmc.Group([dmc.Button("Check the journal", id="verify", variant="default")]), html.Div(id="verified", role="status")]
    said = dmc.Text("Every fact stands in a journal in which each entry vouches for the one before: the check finds what was changed.", c="dimmed")
    return card(listed, dmc.Text(["Head ", dmc.Code(head_["hash"][:16])], size="sm"), said, *(check if administers else []), title="This company")


def _you(found: dict[str, Any]) -> Component:
    caller = found["caller"]
    words = f"You are {caller['name']}. You may {', '.join(caller['permissions'])}."
    other = link("Sign in to another company, or as somebody else, with another key", "/sign-in", refresh=True)
    ends = "The session of this browser ends after seven days, when you sign out, or when its key ends."
    return card(dmc.Text(words), dmc.Text(ends), other, title="You")


def _asked(act: str, key: dict[str, Any]) -> Component:
    """The question before a key ends: what it is, and what stops working."""
    told = {"type": "key-sure", "key": key["id"], "act": act}
    used = ["It was last used ", moment(key["lastUsed"]), " UTC." if key["lastUsed"] else ""] if key["lastUsed"] else ["It was never used."]
    who = f"{key['name']} ({key['id']}), which may {', '.join(key['permissions'])}. "
    cancel = dmc.Button("Leave it", id={"type": "key-sure", "key": "", "act": "none"}, variant="default")
    choices = dmc.Stack([dmc.Radio(label=f"The old secret ends {words}", value=value) for value, words in _GRACE], gap=6)
    grace = dmc.RadioGroup(choices, id={"type": "key-grace", "key": "one"}, value="", **({"display": "none"} if act == "revoke" else {}))
    if act == "rotate":
        after = "It gets a new secret, shown once, with the same name and permissions."
        sure = dmc.Button("Give it a new secret", id=told)
        return asked("Give this key a new secret?", dmc.Text([who, *used, " ", after]), grace, dmc.Group([cancel, sure]))
    last = "It is the last key that may administer: afterwards only the owner of the data folder can make keys, with `foodflow keys create`."
    after = "Whatever uses it is refused at once, and browsers that signed in with it are signed out."
    lines = [dmc.Text([who, *used, " ", after]), *([dmc.Text(last, fw=650)] if key["lastToAdminister"] else [])]
    return asked("End this key?", *lines, grace, dmc.Group([cancel, dmc.Button("End it", id=told, color="red")]))


def callbacks(app: Dash, asking: Asking) -> None:
    """Keys are made, changed and ended here; each act asks the API as the visitor."""
    _listing(app, asking)
    _making(app, asking)
    _ending(app, asking)


def _listing(app: Dash, asking: Asking) -> None:
    @app.callback(Output("keys-held", "children"), Input("keys-tenant", "data"), Input("keys-changed", "data"))
    def held(tenant: str, _changed: float) -> Any:
        return _held(asking.of(tenant)(_KEYS))

    @app.callback(Output("verified", "children"), Input("verify", "n_clicks"), State("keys-tenant", "data"), prevent_initial_call=True)
    def verify(_clicks: int, tenant: str) -> Any:
        found = asking.of(tenant)(_VERIFY)["journal"]["verification"]
        size = f"{number(found['entries'])} entries, {number(found['things'])} things and {number(found['relations'])} relations agree."
        if found["whole"]:
            return dmc.Alert(size, title="The journal is whole", color="teal")
        return dmc.Alert(dmc.List([dmc.ListItem(one) for one in found["problems"][:20]]), title="The journal is not whole", color="red")


def _making(app: Dash, asking: Asking) -> None:
    @app.callback(
        Output("key-made", "children"),
        Output("keys-changed", "data"),
        Input("key-make", "n_clicks"),
        State("key-name", "value"),
        State("key-may", "value"),
        State("key-lasts", "value"),
        State("keys-tenant", "data"),
        prevent_initial_call=True,
    )
    def make(_clicks: int, name: str | None, may: list[str], lasts: str, tenant: str) -> tuple[Any, float]:
        try:
            made = asking.of(tenant).changed("createKey", _CREATE, name=(name or "").strip(), permissions=may, expires=lasts or None)
        except Failed as failed:
            return failure(failed), time.time()
        return _made(made["key"]["name"], made["secret"]), time.time()


def _ending(app: Dash, asking: Asking) -> None:
    @app.callback(
        Output("key-asked", "children"),
        Input({"type": "key-act", "key": ALL, "act": ALL}, "n_clicks"),
        State("keys-tenant", "data"),
        prevent_initial_call=True,
    )
    def ask_first(clicks: list[int | None], tenant: str) -> Any:
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            raise PreventUpdate
        meant = ctx.triggered_id
        key = next(one for one in asking.of(tenant)(_KEYS)["keys"] if one["id"] == meant["key"])
        return _asked(meant["act"], key)

    @app.callback(
        Output("key-asked", "children", allow_duplicate=True),
        Output("keys-changed", "data", allow_duplicate=True),
        Input({"type": "key-sure", "key": ALL, "act": ALL}, "n_clicks"),
        State({"type": "key-grace", "key": ALL}, "value"),
        State("keys-tenant", "data"),
        prevent_initial_call=True,
    )
    def act(clicks: list[int | None], grace: list[str], tenant: str) -> tuple[Any, float]:
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            raise PreventUpdate
        meant, ask, shown = ctx.triggered_id, asking.of(tenant), None
        try:
            if meant["act"] == "revoke":
                ask.changed("revokeKey", _REVOKE, id=meant["key"], evenIfLast=True)
            if meant["act"] == "rotate":
                made = ask.changed("rotateKey", _ROTATE, id=meant["key"], grace=(grace or [""])[0] or None)
                shown = _made(made["key"]["name"], made["secret"])
        except Failed as failed:
            shown = failure(failed)
        return shown, time.time()


PAGE = Page("/settings", "Keys and settings", "key", layout, callbacks)
