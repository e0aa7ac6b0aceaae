"""The Rust half of Ringwork."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal, TypedDict, final

class DocumentError(Exception):
    """A document cannot be read. `line` and `column` count from 1, columns in characters."""

    code: str
    message: str
    help: str
    file: str
    line: int
    column: int

@final
class DocumentProblem:
    """Something wrong in a document that could still be read."""

    @property
    def code(self) -> str: ...
    @property
    def severity(self) -> Literal["error", "warning", "info"]: ...
    @property
    def message(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...

@final
class Document:
    """One YAML 1.2 or JSON document whose every key and value knows its place."""

    @staticmethod
    def parse(data: bytes, name: str, *, format: Literal["yaml", "json"] | None = None) -> Document:
        """Read a document; without `format`, the name's ending or the content decides.

        Raises DocumentError, located, for everything that cannot be read: syntax, encoding, nesting beyond 256,
        more than 64 MiB, more than 20,000,000 values with aliases written out.
        """

    def value(self, pointer: str = "") -> Any:
        """The value at a JSON Pointer as dict, list, str, int, float, bool or None. Raises KeyError."""

    def position(self, pointer: str, *, key: bool = False) -> tuple[int, int] | None:
        """Line and column of a value, or of its key; of the nearest ancestor when it does not exist.

        None when `pointer` is not a JSON Pointer (RFC 6901).
        """

    @property
    def problems(self) -> list[DocumentProblem]:
        """What is wrong without keeping the document from being read, such as a key that is there twice."""

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes, hexadecimal."""

class ContractError(Exception):
    """A contract cannot be read at all: its entry is unreadable or of another version."""

    problems: list[DocumentProblem]

@final
class OperationFact:
    """One operation of a contract's paths; `method` as in the document, `response_headers` in lower case, sorted.

    `path`, `label` and `path_item_labels` are indices into `Contract.paths()` and `.labels()`. `feature` is
    `x-feature` as written. `scopes`: all of any one of these lists are demanded; none: nothing is. `bindings`: place,
    name, and of each that it may equal its kind and the pointer of a claim. `callers`: services and groups of them,
    each name with its file, line and column; a caller is in every one. `groups`: of people, of each list one; none: no
    people. `ending`: when it is deprecated and when it ends, seconds since the Unix epoch, guide and successor;
    `ending_parameters`: the same, after place and name. `record`: type, place and name of the id, whether it is
    sensitive; None: its calls are on no record.
    """

    path: int
    method: str
    id: str | None
    tags: list[str]
    label: int | None
    path_item_labels: list[int]
    feature: Any
    response_headers: list[str]
    scopes: list[list[str]]
    bindings: list[tuple[str, str, list[tuple[str, str]]]]
    callers: list[tuple[list[tuple[str, str, int, int]], list[tuple[str, str, int, int]]]]
    groups: list[list[tuple[str, str, int, int]]]
    ending: tuple[int | None, int | None, str | None, str | None] | None
    ending_parameters: list[tuple[str, str, tuple[int | None, int | None, str | None, str | None]]]
    record: tuple[str, str, str, bool] | None
    file: str
    line: int
    column: int

@final
class Contract:
    """An OpenAPI 3.0 or 3.1 document with everything it refers to, as plain facts.

    Places are file, line and column, from 1. Callbacks, links and webhooks are walked for labels and references,
    but are neither operations nor parts of one.
    """

    @staticmethod
    def load(
        entry: str,
        read: Callable[[str, str], tuple[str, bytes]],
        overlays: Sequence[tuple[str, bytes]],
    ) -> Contract:
        """Read `entry` by `read("", entry)`, apply `overlays` (name, data) in order, follow every reference.

        `read(base, reference)` gives canonical name and bytes of a file that `base` refers to. An exception of it
        with the attributes code, message and help becomes a problem at the reference; any other is raised.
        Raises ContractError.
        """

    @property
    def problems(self) -> list[DocumentProblem]: ...
    @property
    def openapi(self) -> str | None: ...
    @property
    def title(self) -> str | None: ...
    @property
    def version(self) -> str | None: ...
    @property
    def sha256(self) -> str:
        """SHA-256 over names and hashes of all files, hexadecimal."""

    @property
    def files(self) -> list[tuple[str, str]]:
        """Name and SHA-256 of the entry, the overlays, and every file referred to."""

    @property
    def security_schemes(self) -> list[str]: ...
    @property
    def scope_descriptions(self) -> list[tuple[str, str]]:
        """(scope, what the document says of it)"""

    def servers(self) -> list[tuple[str, str, int, int]]:
        """(url, file, line, column)"""

    def paths(self) -> list[tuple[str, str, int, int]]:
        """(template, file, line, column)"""

    def labels(self) -> list[tuple[str, str, Any, str, int, int]]:
        """(kind, name, raw value, file, line, column)

        Kinds: info, tag, path_item, operation, parameter, header, schema, property, enum_value, response,
        request_body, media_type, security_scheme, other.
        """

    def operations(self) -> list[OperationFact]: ...
    def value(self, pointer: str = "") -> Any:
        """Plain value at a JSON Pointer into the entry with its overlays; references stay. Raises KeyError."""

    def position(self, pointer: str, *, key: bool = False) -> tuple[str, int, int] | None:
        """(file, line, column) of a value or its key; of the nearest ancestor when it does not exist."""

def project(
    contract: Contract,
    *,
    ring: int,
    widest: int,
    words: dict[str, int],
    operations: Sequence[int],
    servers: Sequence[str],
    schemes: Sequence[tuple[str, Sequence[tuple[str, str]]]],
    format: Literal["json", "yaml"],
) -> tuple[str, list[DocumentProblem]]:
    """The document as a ring sees it, and what could not be shown as its author may have meant it.

    Rings and audiences are the numbers of `ringwork.audience.Audience`; `words` are those labels may say, any other
    means internal. `operations` are indices into `Contract.operations()`: what the ring is served. `widest` caps
    webhooks. `servers` are base URLs; `schemes` are security schemes (name, members), any one of which is enough.
    The text is empty when an error is among the problems.
    """

def expose(
    contract: Contract, *, words: dict[str, int], partner: Sequence[int], public: Sequence[int]
) -> tuple[str, list[DocumentProblem]]:
    """What the outer rings can send and read of a contract, and what is to say about it.

    `words` as for `project`; `partner` and `public` are indices of the operations each of them is served. The text
    is empty where there is nothing, or an error among the problems. Else its first line names the contract's files
    (tab-separated), and every other one thing, in order: furthest ring, kind, way (call, opaque, read, write), name,
    target, value, place, place of its label, first operation that leads to it, sensitive class, masks for partner
    and public. Places are FILE:LINE:COLUMN with the number of the file.
    """

@final
class ExposureLock:
    """A file `exposure.lock`, taken apart; lines are read when somebody asks."""

    @staticmethod
    def parse(file: bytes, most_mistakes: int) -> ExposureLock:
        """Raises ValueError for what is not UTF-8."""

    def sections(self) -> list[tuple[str, str, int, str, list[str]]]:
        """API, version, line of the first heading, SHA-256 of the lines joined by line feeds, and those of the lines
        that speak of the internal ring.
        """

    def lines(self, index: int) -> list[str]:
        """Of a section, without indent. Raises IndexError."""

    @property
    def mistakes(self) -> list[int]:
        """Numbers of the first lines that mean nothing."""

def lock_lines(listing: str) -> tuple[list[str], int]:
    """What `exposure.lock` has to say of what `expose` wrote, and how many things in it are sensitive."""

def lock_digest(listing: str) -> tuple[str, int]:
    """SHA-256 of those lines, with a line feed between two, and the same number."""

def not_as_locked(listing: str, section: Sequence[str]) -> tuple[str, list[str]]:
    """Of a listing what these lines of a lock do not say to the letter, and of the lines what the listing does not;
    both with all else that is about the same things (way and name). Both empty: nothing is different.
    """

def changed_exposure(before: str, after: str) -> tuple[str, str]:
    """Of two listings what is not the same in both, places aside, and all calls."""

def compile_projection(
    contract: Contract,
    *,
    ring: int,
    words: dict[str, int],
    operations: Sequence[tuple[str, Sequence[int]]],
) -> tuple[bytes, list[int], list[DocumentProblem]]:
    """What leaves of the responses of `operations` (id, indices into `Contract.operations()`) on a ring.

    Canonical JSON of `wall::bundle::Projection`; indices into `operations` of those that cannot be served, because
    something they cannot be without is hidden; and what is closed against its author's intention.
    """

def compile_requests(
    contract: Contract,
    *,
    ring: int,
    words: dict[str, int],
    operations: Sequence[tuple[str, Sequence[int]]],
    unmatched_until: int | None = None,
) -> tuple[bytes, list[int], list[DocumentProblem]]:
    """What requests of `operations` are held to on a ring: canonical JSON of `wall::bundle::Validation`; indices of
    those whose requests cannot be judged; and why. Those with patterns that cannot be matched in linear time are there
    until `unmatched_until` (seconds since the Unix epoch), or not at all.
    """

def template_shape(template: str) -> str:
    """How the wall reads a path template: templates of one shape are one path to a gateway. Opaque.

    Raises ValueError when no request can match it; the message says why.
    """

# ----------------------------------------------------------------------------------------------------
# The wall: what the gateway judges requests by (crates/wall).
# ----------------------------------------------------------------------------------------------------

class WallError(Exception):
    """A revision or the identity data cannot be used. `api` is the API at fault, if one is."""

    code: str
    message: str
    api: str | None

@final
class Wall:
    """One revision, with counters of its own: explaining a call takes nothing from anyone's limit."""

    @staticmethod
    def load(node_directory: str | PathLike[str]) -> Wall:
        """Load what `published/current` of a node directory names. Raises WallError."""

    @property
    def revision(self) -> int: ...
    def manifest(self) -> dict[str, Any]:
        """The manifest's content."""

    def judge(
        self,
        *,
        ring: str,
        method: str,
        target: bytes,
        now_unix_ns: int,
        identity_dir: str | PathLike[str],
        host: bytes | None = None,
        server_name: str | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
        client_address: str = "127.0.0.1",
        certificate_chain: Sequence[bytes] | None = None,
        request_id: str = "explain",
    ) -> dict[str, Any]:
        """What would become of a request.

        `verdict` is "forward" (`caller`, `matched`, `upstream`, `target`, `max_body_bytes`, `request_headers`,
        `headers`) or "answer" (`status`, `code`, `reason`, `headers`, `body`, `caller`, `matched`).
        `steps` is the way through the wall: a list of {`step`, `outcome`, `detail`}; `outcome` is "noted",
        "passed" or "answered". `certificate_chain` is DER, leaf first. Raises ValueError for arguments that are
        no request.
        """

class RemovedValues(TypedDict):
    """What the filter removed at one place; `*` in a pointer is any item, or any name the contract does not list.

    Reasons: undeclared, narrower, type, value, undecided, too_long, no_masking_key.
    """

    pointer: str
    reason: str
    count: int

class FilterFault(TypedDict):
    """Why a body cannot leave, and the byte where that was seen (`crates/wall/src/filter/fault.rs` has the kinds)."""

    kind: str
    offset: int

class Projected(TypedDict):
    """`unlisted`: removals at places beyond those listed. After a fault `body` is what had left before it."""

    body: bytes
    fault: FilterFault | None
    removed: list[RemovedValues]
    unlisted: int

@final
class Filter:
    """The projection filter of a bundle: what of a JSON body a ring may see."""

    def __init__(self, nodes: Sequence[Mapping[str, Any]]) -> None:
        """`nodes`: as in a bundle (`crates/wall/src/bundle/filter.rs`). Raises ValueError."""

    def __len__(self) -> int:
        """How many nodes."""

    def project(
        self,
        body: bytes,
        *,
        root: int = 0,
        framing: Literal["json", "lines", "sequence", "events"] = "json",
        mode: Literal["enforce", "observe", "report"] = "enforce",
        masking_key: bytes | None = None,
        chunk_bytes: int | None = None,
    ) -> Projected:
        """Project `body`, whose value follows node `root`, as it would come in pieces of `chunk_bytes`.

        In the framings lines (NDJSON), sequence (RFC 7464) and events (text/event-stream) each text in it does.
        Raises ValueError for a root that is none.
        """

class RequestFault(TypedDict, total=False):
    """One thing that is wrong with a request; `in` (path, query, header, cookie, body), `parameter` or `pointer`."""

    detail: str
    parameter: str
    pointer: str

# `in`: path, query, header, cookie, body; `at`: a parameter's name, or a JSON Pointer with `*` for items.
UnfitPlace = TypedDict("UnfitPlace", {"in": str, "at": str, "reason": str, "count": int})

class RequestRefused(TypedDict):
    """What a request is answered with."""

    status: int
    code: str
    errors: list[RequestFault]

@final
class RequestRules:
    """What requests of one API version are held to on a ring."""

    def __init__(self, data: bytes, operations: Sequence[tuple[str, str]]) -> None:
        """`data`: a `wall::bundle::Validation`, as `compile_requests` gives it; `operations`: ids and path templates.

        Raises ValueError for what a gateway would refuse.
        """

    def judge_body(self, operation: str, media_type: str, body: bytes) -> RequestRefused | None:
        """What is answered to a request with this body; None: it goes on. Raises KeyError for an unknown operation."""

    def note_body(self, operation: str, media_type: str, body: bytes) -> list[UnfitPlace]:
        """What is told of a request with this body where it goes on whatever it is. Raises KeyError."""

class MergedFilter(TypedDict):
    """Draft `n` became node `n`; `closed`: drafts under which something was closed because it could not be merged."""

    nodes: list[dict[str, Any]]
    closed: list[int]

def merge_filter(drafts: Sequence[Mapping[str, Any]]) -> MergedFilter:
    """The nodes of a bundle from drafts: nodes, {"any_of": [draft, ...]}, {"all_of": [draft, ...]}.

    Under `any_of` a member leaves if every draft that declares it shows it. Raises ValueError.
    """

@final
class IdentityWriter:
    """Writes one node's identity data (LMDB); makes the store when there is none."""

    def __init__(self, directory: str | PathLike[str]) -> None:
        """Raises WallError when the store cannot be opened."""

    def apply(self, changes: Sequence[Mapping[str, Any]], seq: int) -> None:
        """Apply all changes and their number in one transaction, or nothing; effective when this returns.

        Changes: {"change": "put_key", id, sha256, ring, environment, consumer, application, plan | partner,
        not_before, expires_at (Unix seconds or None), apis, versions ("api:version"), networks (CIDR), scopes,
        pins ("api:version")},
        {"change": "delete_key", id}, {"change": "revoke_certificate" | "forget_certificate", serial (hex)},
        {"change": "revoke_token" | "forget_token", jti}.
        Raises ValueError for a change that is none and for a `seq` that does not grow; WallError for the store.
        """

    def apply_understood(self, changes: Sequence[Mapping[str, Any]], seq: int) -> None:
        """As `apply`, of changes that a control plane of a later release may have told: a key of which something is not
        understood is not known any more, what is not understood else is passed over. Raises as `apply` does.
        """

    def fill(self, changes: Iterable[str], seq: int) -> None:
        """Apply all that holds, each change as JSON, to a store that has nothing, in one transaction, or nothing.

        Keys by ascending id make the store small; any other order is right too. Raises what `changes` raises,
        ValueError as `apply` does and for a store that has something, WallError.
        """

    def fill_understood(self, changes: Iterable[str], seq: int) -> None:
        """As `fill`, of changes that a later release may have told: as `apply_understood` takes them."""

    def pack_into(self, directory: str | PathLike[str]) -> None:
        """Write all there is as of now into a new store, as small as it can be. Raises WallError."""

    def seq(self) -> int:
        """Number of the last change applied; 0 before the first. Raises WallError."""

    def get(self, id: str) -> dict[str, Any] | None:
        """What the node knows of a key, as in `put_key`. Raises WallError."""

class MintedKeyParts(TypedDict):
    key: str
    id: str
    sha256: str

class KeyParts(TypedDict):
    environment: str
    id: str
    sha256: str

class ErrorCode(TypedDict):
    """A row of the table of errors; `detail` is public, `internal` is for those who run the API."""

    code: str
    status: int
    title: str
    detail: str
    internal: str

class TargetParts(TypedDict):
    path: str
    query: str | None
    host: str

def mint_key(environment: str, random: bytes | None = None) -> MintedKeyParts:
    """A new API key, from the system's randomness unless 64 random bytes are given. Raises ValueError."""

def parse_key(key: str) -> KeyParts | None:
    """The parts of a well-formed key; None when it is malformed or its checksum is wrong."""

class VerificationKey(TypedDict):
    kid: str | None
    algorithms: list[str]

def verification_keys(jwks: str) -> list[VerificationKey]:
    """Keys of a JWK set (JSON) that a gateway could verify with. Raises ValueError for what is no set."""

def verify_manifest(signed: bytes, public_key: bytes) -> dict[str, Any]:
    """The content of a signed manifest (compact JWS, EdDSA; raw 32-byte key). Raises WallError."""

def error_codes() -> list[ErrorCode]:
    """Every error the gateway answers with."""

def normalise_target(method: str, target: bytes, host: bytes | None = None) -> TargetParts:
    """A request target in normal form. ValueError says why it is not usable."""

def template_problem(template: str) -> str | None:
    """Why a path template can never match a request; None when it can."""

def match_template(paths: Sequence[tuple[str, bool]], path: str) -> str | None:
    """Which of `paths` (template, hidden) carries a GET for `path` (normal form). Raises ValueError."""

def interpreted_manifest(payload: bytes) -> dict[str, Any]:
    """A manifest's payload as a gateway reads it: what it ignores is left out, what it assumes is filled in.

    Raises ValueError for what a gateway would refuse.
    """

@final
class ManifestReader:
    """Reads manifests, one after the other."""

    def __init__(self) -> None: ...
    def read(self, payload: bytes) -> dict[str, Any]:
        """As `interpreted_manifest`. A route that is as in the manifest before is the same object: not to be changed.

        Raises ValueError for what a gateway would refuse.
        """

def written_manifest(payload: bytes) -> dict[str, Any]:
    """What others than gateways read of a payload: as it is written, without its routes. Raises ValueError."""

def stamps(paths: Sequence[str]) -> list[tuple[int, int, int, int, int] | None]:
    """Of the files that `paths` lead to, as `kernel.stamps.Stamp` has it; None for one that cannot be seen."""

def interpreted_agreements(data: bytes) -> dict[str, Any]:
    """An agreements object as a gateway reads it. Raises ValueError."""

@final
class InterpretedBundle:
    """A bundle as a gateway reads it."""

    def __init__(self, data: bytes) -> None:
        """Raises ValueError for what a gateway would refuse."""

    def head(self) -> dict[str, Any]:
        """All of it but the paths, which are `[]`."""

class ContractViolation(TypedDict):
    """`request`: method and template; `field`: JSON Pointer into the body; `place`: file, line, column; `pointer`:
    where in the bundle, or in the projection it names.
    """

    code: str
    message: str
    request: tuple[str, str] | None
    field: str | None
    place: tuple[str, int, int] | None
    pointer: str
    within: Literal["bundle", "projection", "validation"]

@final
class AllowedContract:
    """What the documents of one API version allow, read by the prover's own code."""

    @staticmethod
    def load(
        entry: tuple[str, bytes],
        overlays: Sequence[tuple[str, bytes]],
        read: Callable[[str, str], tuple[str, bytes] | None],
        widest: str,
    ) -> AllowedContract:
        """`read(base, reference)` gives a file that is referred to, None for what may not be read. `widest`: the ring
        manifests cap the version at. Raises ValueError for what cannot be understood.
        """

    def prove(
        self, bundle: InterpretedBundle, projection: bytes | None, validation: bytes | None, policy: bytes
    ) -> list[ContractViolation]:
        """What the bundle, with the objects it names, lets its ring reach that is not allowed.

        `policy`: JSON (`prover::Policy`). Raises ValueError for what a gateway would refuse.
        """

class LintRulesError(Exception):
    """Rules cannot be used."""

    # (rule's number, "given" | "field" | "function", index in that part, message)
    faults: list[tuple[int, str, int, str]]

@final
class LintRules:
    """Style rules ready to be used.

    `rules`: JSON, a list of {code, message, description, resolved, given: [path], then: [{field, function, options,
    foreign}]}. `foreign` is an index into `functions`, which are called with a value as JSON (None: it is not there)
    and its path, and answer [(message, path below)]. Raises LintRulesError.
    """

    def __init__(
        self, rules: str, functions: Sequence[Callable[[str | None, list[str]], list[tuple[str, list[str]]]]]
    ) -> None: ...

@final
class LintSubject:
    """A document with every file it refers to. Ranges are (line, column, line, column), from 0."""

    @staticmethod
    def load(name: str, data: bytes, read: Callable[[str, str], tuple[str, bytes]]) -> LintSubject:
        """Read a document; `read(base, reference)` gives the files it refers to, as `Contract.load` takes it.

        Raises DocumentError.
        """

    def scalars(self) -> list[tuple[str, Any]]:
        """Members of the root; None for an object or a list."""

    @property
    def problems(self) -> list[DocumentProblem]: ...
    @property
    def broken(self) -> list[tuple[str, list[str], str, tuple[int, int, int, int]]]:
        """References that lead nowhere: (file, path, message, range)"""

    def odd_keys(self) -> list[tuple[str, list[str], str, tuple[int, int, int, int]]]:
        """Names YAML reads as something else than text: (file, path, what, range)"""

    def lint(self, rules: LintRules) -> list[tuple[int, str, list[str], str, tuple[int, int, int, int]]]:
        """(rule's number, file, path, message, range), each once."""

class LintMemory:
    """Lint after lint of one document by the same rules: what did not change is not looked at again."""

    def __new__(cls, rules: LintRules) -> LintMemory: ...
    def lint(
        self, subject: LintSubject, worst: tuple[int, bytes] | None = None
    ) -> list[tuple[int, str, list[str], str, tuple[int, int, int, int]]]:
        """What `LintSubject.lint` finds. `worst`: only so many of the document itself, by the level of each rule."""

def sides(old: Contract, new: Contract) -> tuple[Side, Side]:
    """Both contracts, hashed with one secret: hashes of one can be compared with those of the other only."""

@final
class Side:
    """One of two contracts that are compared. Parts are numbers; what is none raises IndexError."""

    @property
    def root(self) -> int: ...
    def hash(self, part: int) -> int | None:
        """Equal where two parts mean the same to a caller, through all they refer to. None: nothing reaches it."""

    def target(self, part: int) -> int:
        """What a reference stands for in the end; the part itself where it is none."""

    def reference(self, part: int) -> str | None:
        """The text of its `$ref`."""

    def members(self, part: int) -> dict[str, int]:
        """Name → part, in the order of the document; empty for what is no object."""

    def items(self, part: int) -> list[int]:
        """Empty for what is no array."""

    def kind(self, part: int) -> Literal["null", "boolean", "number", "string", "array", "object"]: ...
    def value(self, part: int) -> Any:
        """The part as plain values; references stay references."""

    def place(self, part: int) -> tuple[str, int, int]:
        """File, line and column, from 1."""

    def pointer(self, part: int) -> str:
        """JSON Pointer (RFC 6901) within its file; empty for what an alias or an overlay brought in."""
