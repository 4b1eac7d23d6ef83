"""Tables before they are imported: what their columns would mean, their first rows in words, and the mappings that a tenant keeps."""

import asyncio
from collections.abc import Iterable

import orjson
import strawberry
from strawberry.file_uploads import Upload

from graph_core.callers import Permission
from graph_core.registry import SavedMapping
from ingest.tables import Tables, Understood
from ingest.tables.fields import KINDS, fields
from ingest.tables.mapping import Column, Mapping
from ingest.tables.preview import SHOWN, Preview, preview
from ingest.tables.template import template
from ontology.errors import Refused
from resolvers.context import Context, context_of
from resolvers.jobs import recognised
from resolvers.mappings import keep, kept, read_by
from resolvers.mutations import UserError
from resolvers.uploads import Uploaded

MOST_ROWS = 100


@strawberry.input(description="A column of a table: its heading, what it means, and how its numbers, days and amounts are written.")
class ColumnInput:
    """A column."""

    heading: str
    field: str = strawberry.field(
        default="", description='A field of `importFields`; "-" leaves the column out, "" keeps it beside the others as told.'
    )
    decimal: str = strawberry.field(default="", description='What stands before decimals: "." or ",".')
    dates: str = strawberry.field(default="", description="How days are written: YMD, DMY or MDY.")
    unit: str = strawberry.field(default="", description="The unit of amounts that tell none, as UNECE code.")


@strawberry.input(description="How the columns of a table are to be read.")
class MappingInput:
    """A mapping."""

    kind: str = strawberry.field(description="deliveries, lots, places, cases or recipes.")
    columns: list[ColumnInput]
    sheet: str = strawberry.field(default="", description="The sheet of a workbook; the one that fits best, if not named.")


def mapping_of(told: MappingInput) -> Mapping:
    """A mapping from its input. Raises Refused for what is none."""
    columns = {one.heading: {"field": one.field, "decimal": one.decimal, "dates": one.dates, "unit": one.unit} for one in told.columns}
    if len(columns) < len(told.columns):
        raise Refused("The mapping names a heading twice.")
    return Mapping.from_told({"kind": told.kind, "sheet": told.sheet, "columns": columns})


@strawberry.type(
    name="ImportColumn", description="A column as it would be read: how sure the guess is (0 to 1) and why, and its first different values."
)
class ColumnView:
    """A column."""

    heading: str
    field: str
    decimal: str
    dates: str
    unit: str
    confidence: float
    why: str
    values: list[str]


@strawberry.type(name="PreviewRow", description="A row: its cells, what it would tell in words and what is odd about it, or why it would be refused.")
class RowView:
    """A row."""

    number: int
    cells: list[str]
    told: list[str]
    findings: list[str]
    problem: str | None


@strawberry.type(
    name="TablePreview",
    description="A table as it would be read. `notes` say how it was read; `questions` must be answered in a mapping before it can be imported; "
    "`rows` are the first ones, and those that would be refused; `refused` of the first `tried` rows would be.",
)
class PreviewView:
    """A table as it would be read."""

    kind: str
    sheet: str
    sheets: list[str]
    saved: str | None = strawberry.field(description="The name of the kept mapping that says so, if one does.")
    columns: list[ColumnView]
    notes: list[str]
    questions: list[str]
    rows: list[RowView]
    tried: int
    refused: int


@strawberry.type(description="What was sent: its format, and for a table how it would be read. `upload` starts the import without sending it again.")
class PreviewImportPayload:
    """What was sent."""

    upload: strawberry.ID | None = None
    file: str | None = None
    format: str | None = None
    table: PreviewView | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list)


@strawberry.input(description="A file to look at: sent with the question, or sent before (`upload`, kept for a day). Nothing is recorded.")
class PreviewImportInput:
    """A file to look at."""

    file: Upload | None = None
    upload: strawberry.ID | None = None
    dataset: str | None = None
    kind: str | None = strawberry.field(default=None, description="The kind of table to guess for; the one that fits best, if not given.")
    sheet: str | None = strawberry.field(default=None, description="The sheet of a workbook to guess for; the one that fits best, if not given.")
    mapping: MappingInput | None = strawberry.field(
        default=None, description="How the columns are to be read; else a kept mapping that fits, else a guess."
    )
    mapping_name: str | None = strawberry.field(default=None, description="The kept mapping to read it by.")
    rows: int = SHOWN


@strawberry.type(name="ImportField", description="What a column of a table can mean.")
class FieldView:
    """A field."""

    name: str
    sort: str = strawberry.field(description="What it holds: text, gtin, gln, sscc, amount, unit, date, country, number or share.")
    description: str
    example: str


@strawberry.type(name="ImportMapping", description="A mapping that the tenant keeps; a table with the same headings is read by it.")
class SavedView:
    """A kept mapping."""

    name: str
    kind: str
    sheet: str
    columns: list[ColumnView]
    saved: str
    saved_by: str


@strawberry.input(description="A mapping to keep; one of the same name gives way to it.")
class SaveImportMappingInput:
    """A mapping to keep."""

    name: str
    mapping: MappingInput


@strawberry.input(description="A kept mapping to forget.")
class DropImportMappingInput:
    """A mapping to forget."""

    name: str


@strawberry.type(description="The kept mapping.")
class SaveImportMappingPayload:
    """The kept mapping."""

    mapping: SavedView | None
    user_errors: list[UserError]


@strawberry.type(description="Whether it was forgotten.")
class DropImportMappingPayload:
    """Whether it was forgotten."""

    dropped: bool
    user_errors: list[UserError]


def _column(column: Column, values: Iterable[str] = ()) -> ColumnView:
    told = {name: getattr(column, name) for name in ("heading", "field", "decimal", "dates", "unit", "confidence", "why")}
    return ColumnView(**told, values=list(values))


def _saved(saved: SavedMapping) -> SavedView:
    mapping = Mapping.from_told(orjson.loads(saved.mapping))
    columns = [_column(one) for one in mapping.columns]
    return SavedView(name=saved.name, kind=mapping.kind, sheet=mapping.sheet, columns=columns, saved=saved.saved, saved_by=saved.saved_by)


def _view(found: Understood, saved: str | None, tried: Preview) -> PreviewView:
    rows = [
        RowView(number=one.number, cells=list(one.cells), told=list(one.told), findings=list(one.findings), problem=one.problem or None)
        for one in tried.rows
    ]
    return PreviewView(
        kind=found.mapping.kind,
        sheet=found.table.sheet.name,
        sheets=[one.name for one in found.book.sheets if one.name],
        saved=saved,
        columns=[_column(column, values) for column, values in tried.columns],
        notes=list(found.notes),
        questions=list(found.questions),
        rows=rows,
        tried=tried.tried,
        refused=tried.refused,
    )


def uploaded(context: Context, file: object, upload: str | None) -> Uploaded:
    """The file of a question: sent with it, or kept since a preview. Raises Refused for neither."""
    if isinstance(file, Uploaded):
        return file
    if upload:
        return context.jobs.kept(context.platform.registry.tenant(context.caller.tenant).database, upload)
    raise Refused("The file is sent as a part of a multipart request, and the variable is null in `operations`; or `upload` names one that was sent.")


@strawberry.type
class TableMappings:
    """Mappings and what they are made of."""

    @strawberry.field(description="What the columns of a kind of table can mean.")
    def import_fields(self, info: strawberry.Info, kind: str) -> list[FieldView]:
        """The fields of a kind of table."""
        context_of(info, Permission.READ)
        if kind not in KINDS:
            raise Refused(f"There are no tables of {kind!r}: choose {', '.join(KINDS)}.")
        return [FieldView(name=one.name, sort=one.sort, description=one.said, example=one.example) for one in fields(kind)]

    @strawberry.field(description="A commented example of a kind of table, as CSV.")
    def import_template(self, info: strawberry.Info, kind: str) -> str:
        """An example of a kind of table."""
        context_of(info, Permission.READ)
        return template(kind)

    @strawberry.field(description="The mappings that the tenant keeps, the newest first.")
    def import_mappings(self, info: strawberry.Info) -> list[SavedView]:
        """The mappings that the tenant keeps."""
        context = context_of(info, Permission.READ)
        return [_saved(one) for one in context.platform.registry.mappings(context.caller.tenant)]


@strawberry.type
class TablePreviews:
    """Looking at tables, and keeping mappings."""

    @strawberry.mutation(
        description="Look at a file before it is imported: how its columns would be read, its first rows in words, what would be refused."
    )
    async def preview_import(self, info: strawberry.Info, input: PreviewImportInput) -> PreviewImportPayload:
        """Look at a file."""
        context = context_of(info, Permission.RECORD)
        try:
            if not 0 <= input.rows <= MOST_ROWS:
                raise Refused(f"rows is {input.rows}; a preview shows 0 to {MOST_ROWS}.")
            file = uploaded(context, input.file, input.upload)
            return await asyncio.to_thread(_previewed, context, file, input)
        except Refused as error:
            field = "upload" if input.upload else "file"
            return PreviewImportPayload(user_errors=[UserError(code=error.code, field="mapping" if input.mapping else field, message=str(error))])

    @strawberry.mutation(description="Keep a mapping under a name.")
    def save_import_mapping(self, info: strawberry.Info, input: SaveImportMappingInput) -> SaveImportMappingPayload:
        """Keep a mapping."""
        context = context_of(info, Permission.RECORD)
        try:
            saved = keep(context.platform.registry, context.caller.tenant, context.caller.name, input.name, mapping_of(input.mapping))
        except Refused as error:
            return SaveImportMappingPayload(mapping=None, user_errors=[UserError(code=error.code, field="mapping", message=str(error))])
        return SaveImportMappingPayload(mapping=_saved(saved), user_errors=[])

    @strawberry.mutation(description="Forget a kept mapping; what was imported by it stays.")
    def drop_import_mapping(self, info: strawberry.Info, input: DropImportMappingInput) -> DropImportMappingPayload:
        """Forget a mapping."""
        context = context_of(info, Permission.RECORD)
        try:
            kept(context.platform.registry, context.caller.tenant, input.name)
        except Refused as error:
            return DropImportMappingPayload(dropped=False, user_errors=[UserError(code=error.code, field="name", message=str(error))])
        context.platform.registry.drop_mapping(context.caller.tenant, input.name)
        return DropImportMappingPayload(dropped=True, user_errors=[])


def _previewed(context: Context, file: Uploaded, asked: PreviewImportInput) -> PreviewImportPayload:
    tenant, registry = context.caller.tenant, context.platform.registry
    context.jobs.tidy(tenant, registry.tenant(tenant).database)
    connector = recognised(file, asked.dataset)
    payload = PreviewImportPayload(upload=strawberry.ID(f"{file.sha256}/{file.name}"), file=file.name, format=connector.name)
    if isinstance(connector, Tables):
        told = mapping_of(asked.mapping) if asked.mapping else None
        with read_by(registry, tenant, file, asked.dataset, told, asked.mapping_name, asked.kind or "", asked.sheet or "") as (
            found,
            saved,
            document,
        ):
            payload.table = _view(found, saved, preview(document, found, asked.rows))
    return payload
