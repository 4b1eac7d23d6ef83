"""Keys through the API: who administers a tenant lists, makes, rotates and revokes them, and sees who did so."""

from datetime import UTC, datetime, timedelta

import strawberry

from graph_core import keys
from graph_core.callers import Permission
from graph_core.keys import Key
from graph_core.registry import Act
from ontology.errors import Refused
from resolvers.context import context_of
from resolvers.mutations import UserError
from resolvers.traced import page


@strawberry.type(name="Key", description="A key of a person or service, without its secret. Its state is valid, expired, revoked or replaced.")
class KeyView:
    """A key."""

    id: strawberry.ID
    name: str
    permissions: list[str]
    created: str
    created_by: str | None
    expires: str | None
    last_used: str | None
    state: str
    revoked: str | None
    revoked_by: str | None
    replaced_by: strawberry.ID | None = strawberry.field(description="The key that was made in its place, when its secret was changed.")
    last_to_administer: bool = strawberry.field(description="Whether no other valid key of the tenant may administer.")


@strawberry.type(name="Act", description="What somebody did to a tenant or one of its keys, and when.")
class ActView:
    """An act."""

    at: str
    caller: str
    act: str
    tenant: str
    about: str | None


@strawberry.input(description="A key for a person or service.")
class CreateKeyInput:
    """A key to make."""

    name: str = strawberry.field(description="The person or service that is to hold it.")
    permissions: list[str] = strawberry.field(description="read, record, approve, administer.")
    expires: str | None = strawberry.field(
        default=None, description="When it ends: a length of time (90d), a day or an instant; never, if not given."
    )


@strawberry.input(description="A key that is to have a new secret.")
class RotateKeyInput:
    """A key to rotate."""

    id: strawberry.ID
    grace: str | None = strawberry.field(default=None, description="How long the old secret still opens the tenant (1h); not at all, if not given.")


@strawberry.input(description="A key to end.")
class RevokeKeyInput:
    """A key to revoke."""

    id: strawberry.ID
    even_if_last: bool = strawberry.field(default=False, description="Revoke it even when no other key may administer then.")


@strawberry.type(description="The key as it is now; `secret` is shown this once.")
class KeyPayload:
    """A key, and its secret if it was just made."""

    key: KeyView | None
    secret: str | None
    user_errors: list[UserError]


def view(key: Key, last: bool) -> KeyView:
    """A key as its GraphQL type."""
    plain = {name: getattr(key, name) for name in ("name", "created", "created_by", "expires", "last_used", "state", "revoked", "revoked_by")}
    replaced = strawberry.ID(key.replaced_by) if key.replaced_by else None
    permissions = [str(one) for one in Permission if one in key.permissions]
    return KeyView(id=strawberry.ID(key.id), permissions=permissions, replaced_by=replaced, last_to_administer=last, **plain)


def act(done: Act) -> ActView:
    """An act as its GraphQL type."""
    return ActView(at=done.at, caller=done.caller, act=done.act, tenant=done.tenant, about=done.about)


@strawberry.type
class HeldKeys:
    """Keys to look at."""

    @strawberry.field(description="The keys of the caller's tenant, in the order they were made; for administrators.")
    def keys(self, info: strawberry.Info) -> list[KeyView]:
        """The keys."""
        context = context_of(info, Permission.ADMINISTER)
        held = context.platform.registry.keys
        return [view(key, held.is_last(key)) for key in held.of(context.caller.tenant)]

    @strawberry.field(description="Who made, rotated and revoked keys, suspended and resumed the tenant, newest first; for administrators.")
    def administration(self, info: strawberry.Info, first: int = 50) -> list[ActView]:
        """What was done."""
        context = context_of(info, Permission.ADMINISTER)
        return [act(done) for done in context.platform.registry.acts(context.caller.tenant, page(first)[0])]


@strawberry.type
class ChangedKeys:
    """Keys to make and end."""

    @strawberry.mutation(description="Make a key; for administrators. Its secret is in the answer, and nowhere else afterwards.")
    def create_key(self, info: strawberry.Info, input: CreateKeyInput) -> KeyPayload:
        """Make a key."""
        context = context_of(info, Permission.ADMINISTER)
        held, caller = context.platform.registry.keys, context.caller
        field = "expires"
        try:
            expires = keys.expiry(input.expires, datetime.now(UTC))
            field = "permissions"
            allowed = keys.permissions(input.permissions)
            field = "name" if allowed else field
            key, secret = held.create(caller.tenant, input.name, allowed, caller.name, expires)
        except Refused as error:
            return _refused(error, field)
        return KeyPayload(key=view(key, held.is_last(key)), secret=secret, user_errors=[])

    @strawberry.mutation(description="Give a key a new secret, under a new id; for administrators. The old one ends at once, or after the grace.")
    def rotate_key(self, info: strawberry.Info, input: RotateKeyInput) -> KeyPayload:
        """Rotate a key."""
        context = context_of(info, Permission.ADMINISTER)
        held, caller = context.platform.registry.keys, context.caller
        field = "grace"
        try:
            grace = keys.duration(input.grace) if input.grace else timedelta()
            field = "id"
            key, secret = held.rotate(caller.tenant, input.id, caller.name, grace)
        except Refused as error:
            return _refused(error, field)
        return KeyPayload(key=view(key, held.is_last(key)), secret=secret, user_errors=[])

    @strawberry.mutation(description="End a key at once, and the sessions that were opened with it; for administrators.")
    def revoke_key(self, info: strawberry.Info, input: RevokeKeyInput) -> KeyPayload:
        """Revoke a key."""
        context = context_of(info, Permission.ADMINISTER)
        held, caller = context.platform.registry.keys, context.caller
        try:
            key = held.revoke(caller.tenant, input.id, caller.name, input.even_if_last)
        except Refused as error:
            return _refused(error, "id")
        return KeyPayload(key=view(key, held.is_last(key)), secret=None, user_errors=[])


def _refused(error: Refused, field: str) -> KeyPayload:
    return KeyPayload(key=None, secret=None, user_errors=[UserError(code=error.code, field=field, message=str(error))])
