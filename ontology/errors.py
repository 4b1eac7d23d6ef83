"""What can go wrong, grouped by who can act on it.

FoodFlowError
├── Refused             fix the input: a file, a row, an argument
│   ├── OntologyViolation   fix the fact: the ontology does not allow it
│   ├── Ambiguous           say which: a code names several things
│   ├── Unknown             say it otherwise: nothing is called so
│   └── NotUnderstood       say what is meant: a command lacks something, or its options do not go together
├── Unavailable         try again: an engine, a disk, a lock
└── Forbidden           ask the owner: a key or a permission is missing
"""


class FoodFlowError(Exception):
    """An error whose text says in one sentence what happened, why, and what to do now."""

    code = "ERROR"


class Refused(FoodFlowError):
    """The input is at fault; mend it and send it again."""

    code = "REFUSED"


class OntologyViolation(Refused):
    """A fact says what the ontology does not allow; the text names the fact, the rule and what would be right."""

    code = "ONTOLOGY_VIOLATION"


class Ambiguous(Refused):
    """A code names several things; `choices` lists them as (id, label)."""

    code = "AMBIGUOUS"

    def __init__(self, message: str, choices: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.choices = choices


class Unknown(Refused):
    """Nothing is called so; `near` lists what is called nearly so."""

    code = "UNKNOWN"

    def __init__(self, message: str, near: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.near = near


class NotUnderstood(Refused):
    """A command lacks something, or its options do not go together."""

    code = "NOT_UNDERSTOOD"


class Unavailable(FoodFlowError):
    """Something outside does not answer now; nothing is lost, try again."""

    code = "UNAVAILABLE"


class Forbidden(FoodFlowError):
    """The caller lacks a key or a permission; its owner can give one."""

    code = "FORBIDDEN"
