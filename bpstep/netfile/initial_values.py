"""Initial parameters: `init`, a rule by name or a table with the distribution and the generator."""

from __future__ import annotations

from typing import Any

import numpy as np

from bpstep.model.initializers import DEFAULT_INITIALIZER, INITIALIZERS, drawn_values, initial_values
from bpstep.model.network import OLDER_GENERATOR, Array
from bpstep.netfile import messages
from bpstep.netfile.keys import TableKeys
from bpstep.netfile.table import Table, finite_numbers
from bpstep.text import fill

_GENERATORS = ("default_rng", OLDER_GENERATOR)


class InitialValues:
    """Draws the parameters of one network file, in order.

    A generator that one parameter seeds continues with the next parameter that gives no seed, as in scripts
    that set the seed once.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._begun: Any = None

    def read(
        self,
        table: Table,
        shape: tuple[int, ...],
        at: int,
        more: tuple[str, ...] = (),
        *,
        turned: bool = False,
    ) -> Array:
        """The parameter number `at`, by `init` in its table; `more` are names of rules allowed besides.

        A table's values are drawn with one row per unit if `turned`, as in scripts whose weights have that
        layout: np.random.randn(units, inputs).
        """
        rules = (*INITIALIZERS, *more)
        if not isinstance(table.values.get("init"), dict):
            init = table.one_of("init", rules, DEFAULT_INITIALIZER)
            return initial_values(init, shape, self._seed, at)
        inner = table.table("init")
        inner.refuse_unknown(TableKeys.INIT.value, TableKeys.INIT)
        ways = [key for key in ("normal", "uniform", "rule") if key in inner]
        if len(ways) > 1:
            raise inner.error(ways[1], fill(messages.ONE_DISTRIBUTION, first=ways[0], second=ways[1]))
        generator = self._generator(inner, at)
        drawn = shape[::-1] if turned else shape
        if "normal" in inner:
            deviation = inner.number("normal")
            if deviation < 0:
                raise inner.value_error("normal", fill(messages.NOT_NEGATIVE))
            found: Array = generator.normal(0, deviation, drawn)
        elif "uniform" in inner:
            found = generator.uniform(*_interval(inner), drawn)
        else:
            rule = inner.one_of("rule", rules, DEFAULT_INITIALIZER)
            found = drawn_values(rule, drawn, generator, turned=turned)
        return found.T.copy() if turned else found

    def _generator(self, table: Table, at: int) -> Any:
        kind = table.one_of("generator", _GENERATORS, "default_rng")
        older = kind == OLDER_GENERATOR
        if "seed" not in table:
            if self._begun is not None and isinstance(self._begun, np.random.RandomState) == older:
                return self._begun
            if not older:
                return np.random.default_rng([self._seed, at])
        seed = table.integer("seed", self._seed, 0, 2**32 - 1 if older else 2**63 - 1)
        self._begun = np.random.RandomState(seed) if older else np.random.default_rng(seed)
        return self._begun


def _interval(table: Table) -> tuple[float, float]:
    value = table.values["uniform"]
    numbers = finite_numbers(value) if isinstance(value, list) else None
    if numbers is None or len(numbers) != 2 or numbers[0] > numbers[1]:
        raise table.value_error("uniform", fill(messages.INTERVAL))
    return float(numbers[0]), float(numbers[1])
