"""Files imported through the API: sent with the question, recorded in the background, watched, undone."""

import orjson
import strawberry
from strawberry.file_uploads import Upload

from graph_core import imports
from graph_core.callers import Permission
from graph_core.registry import Job
from graph_core.spool import MOST_NOTED
from ingest.tables.mapping import Mapping
from ontology.errors import Refused
from ontology.language import Refusal
from resolvers.context import Context, context_of
from resolvers.jobs import Wish
from resolvers.mappings import checked_name, keep
from resolvers.mutations import UserError
from resolvers.tables import MappingInput, mapping_of, uploaded
from resolvers.tenants import KindCount
from resolvers.traced import page


@strawberry.type(name="RefusalView", description="A row or event that was not recorded: where it stands, the rule it breaks, what would be right.")
class RefusalView:
    """A refused row."""

    place: str
    rule: str
    remedy: str
    text: str
    record: str | None


@strawberry.type(description="Something that was recorded as told and marked as odd: where it stands, what is odd, in which record.")
class OddityView:
    """A finding."""

    place: str
    said: str
    record: str


@strawberry.type(description="What undoing an import takes back now: facts that still hold, and things that nothing else tells of.")
class Consequence:
    """What an undo takes back."""

    facts: int
    things: list[KindCount]


@strawberry.type(
    name="ImportJob",
    description="An import. Its state is checking, recording, done, checked (a dry run), refused, failed, undone, or interrupted: "
    "the server was stopped, and the same file sent again goes on where it stood.",
)
class ImportJobView:
    """An import."""

    job: strawberry.Private[Job]
    context: strawberry.Private[Context]
    id: strawberry.ID
    file: str
    format: str
    dataset: str | None
    state: str
    position: int
    total: int
    recorded: int
    known: int
    refused: int
    findings: int
    created: str
    finished: str | None
    message: str | None
    share: float | None = strawberry.field(
        description="How far an import at work is, from 0 to 1: of the file while it is checked, of its facts while they are recorded; else null."
    )
    sha256: str = strawberry.field(description="The SHA-256 of the file's content.")

    @strawberry.field(description="A page of what was refused; all of it, to be mended, at /imports/{id}/refused.")
    def refusals(self, first: int = 20, offset: int = 0) -> list[RefusalView]:
        """A page of what was refused."""
        most, start = page(first, offset)
        return [_refusal(one) for one in self.context.jobs.refusals(self.job, most, start)]

    @strawberry.field(description=f"A page of its findings, of the first {MOST_NOTED:,}; each stands on its fact, too.")
    def oddities(self, first: int = 20, offset: int = 0) -> list[OddityView]:
        """A page of its findings."""
        most, start = page(first, offset)
        return [OddityView(**one._asdict()) for one in imports.oddities(self.context.platform.registry, self.job, most, start)]

    @strawberry.field(description=f"What undoing it would take back; null for one of more than {imports.MOST_HELD:,} facts.")
    async def consequence(self) -> Consequence | None:
        """What undoing it would take back."""
        found = await imports.held(self.context.graph, self.context.platform.registry, self.job.id) if self.job.recorded else imports.Held()
        things = [KindCount(kind=kind, count=count) for kind, count in found.things.items()] if found else []
        return Consequence(facts=found.facts, things=things) if found else None


def _refusal(one: Refusal) -> RefusalView:
    return RefusalView(place=one.place, rule=one.rule, remedy=one.remedy, text=one.text, record=one.record)


def view(job: Job, context: Context) -> ImportJobView:
    """An import as its GraphQL type."""
    plain = ("file", "format", "dataset", "position", "total", "recorded", "known", "refused", "findings", "created", "finished", "message", "sha256")
    job = context.jobs.latest(job)
    state = context.jobs.state(job)
    values = {name: getattr(job, name) for name in plain}
    return ImportJobView(job=job, context=context, id=strawberry.ID(job.id), state=state, share=context.jobs.share(job), **values)


@strawberry.type
class Imports:
    """Imports to look at."""

    @strawberry.field(description="The import with this id; null where there is none.")
    def import_job(self, info: strawberry.Info, id: strawberry.ID) -> ImportJobView | None:
        """One import."""
        context = context_of(info, Permission.READ)
        found = [job for job in context.platform.registry.jobs(context.caller.tenant) if job.id == id]
        return view(found[0], context) if found else None

    @strawberry.field(description="The newest imports.")
    def import_jobs(self, info: strawberry.Info, first: int = 20) -> list[ImportJobView]:
        """The newest imports."""
        context = context_of(info, Permission.READ)
        return [view(job, context) for job in context.platform.registry.jobs(context.caller.tenant)[: page(first)[0]]]


@strawberry.input(description="A file to import; its format is recognised by content.")
class ImportFileInput:
    """A file to import."""

    file: Upload | None = strawberry.field(default=None, description="The file, sent with the question.")
    upload: strawberry.ID | None = strawberry.field(default=None, description="Or what `previewImport` kept of it.")
    dataset: str | None = strawberry.field(
        default=None,
        description="The data set its rows belong to; if not given, the file name without extension, and for a table the company's own records.",
    )
    dry_run: bool = strawberry.field(default=False, description="Check only; record nothing.")
    all_or_nothing: bool = strawberry.field(default=False, description="Refuse the file when any row is bad.")
    mapping: MappingInput | None = strawberry.field(
        default=None, description="How the columns of a table are to be read; else a kept mapping that fits, else a guess."
    )
    mapping_name: str | None = strawberry.field(default=None, description="The kept mapping to read a table by.")
    save_mapping: str | None = strawberry.field(default=None, description="Keep the mapping that is used under this name.")


@strawberry.type(description="The import that began, or went on.")
class ImportFilePayload:
    """The import that began."""

    job: ImportJobView | None
    user_errors: list[UserError]


@strawberry.input(description="An import to undo.")
class UndoImportInput:
    """An import to undo."""

    id: strawberry.ID


@strawberry.type(description="The import and how many of its facts were retracted.")
class UndoImportPayload:
    """What was undone."""

    job: ImportJobView | None
    ended: int
    user_errors: list[UserError]


@strawberry.type
class Importing:
    """Imports to begin and undo."""

    @strawberry.mutation(description="Import a file in the background; the answer is the job, at once.")
    async def import_file(self, info: strawberry.Info, input: ImportFileInput) -> ImportFilePayload:
        """Import a file."""
        context = context_of(info, Permission.RECORD)
        try:
            sent = uploaded(context, input.file, input.upload)
            mapping = mapping_of(input.mapping) if input.mapping else None
            name = checked_name(input.save_mapping) if input.save_mapping else None
            job = await context.jobs.start(
                context.caller, sent, Wish(input.dataset, input.dry_run, input.all_or_nothing, mapping, input.mapping_name)
            )
            if name and job.mapping:
                used = Mapping.from_told(orjson.loads(job.mapping))
                keep(context.platform.registry, context.caller.tenant, context.caller.name, name, used)
        except Refused as error:
            return ImportFilePayload(job=None, user_errors=[UserError(code=error.code, field="file", message=str(error))])
        return ImportFilePayload(job=view(job, context), user_errors=[])

    @strawberry.mutation(description="Retract every fact that an import recorded and that still holds; the journal keeps them.")
    async def undo_import(self, info: strawberry.Info, input: UndoImportInput) -> UndoImportPayload:
        """Undo an import."""
        context = context_of(info, Permission.RECORD)
        registry = context.platform.registry
        try:
            job = registry.job(context.caller.tenant, input.id)
            if context.jobs.state(job) in ("checking", "recording"):
                raise Refused(f"Import {job.id} is still at work: undo it when it is done.")
        except Refused as error:
            return UndoImportPayload(job=None, ended=0, user_errors=[UserError(code=error.code, field="id", message=str(error))])
        async with context.flows.behind(context.graph, imports.undoing(job.id)):
            ended = await imports.undo(context.graph, registry, job.id)
        return UndoImportPayload(job=view(registry.job(context.caller.tenant, job.id), context), ended=ended, user_errors=[])
