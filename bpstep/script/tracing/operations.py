"""All operations of a recorded pass together."""

from __future__ import annotations

from bpstep.script.tracing.attributes import TracedAttributes
from bpstep.script.tracing.calls import TracedCalls
from bpstep.script.tracing.functions import TracedFunctions
from bpstep.script.tracing.operators import TracedOperators
from bpstep.script.tracing.statements import TracedStatements


class TracingOperations(TracedOperators, TracedAttributes, TracedStatements, TracedCalls, TracedFunctions):
    """Python's operators and calls, with the expressions of their results kept in a `PassRecorder` if there
    is one.
    """
