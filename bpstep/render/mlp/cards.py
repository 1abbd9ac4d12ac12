"""The units of a layer as small cards: name, output, and what is before the activation or flows back."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bpstep.explain.numbers import short
from bpstep.explain.prose.units import unit
from bpstep.program.diagram import Node
from bpstep.render.canvas import Canvas, Region
from bpstep.render.highlight import is_partial, light, light_cell, light_unit, shown
from bpstep.render.mlp.columns import CARD, Column, Slot
from bpstep.render.theme import Look
from bpstep.render.view_state import Selection
from bpstep.session.frame import Frame


@dataclass(frozen=True)
class Cards:
    """Draws columns of units."""

    canvas: Canvas
    frame: Frame
    look: Look
    chosen: Selection

    def draw(self, column: Column) -> None:
        """The cards of a layer, and how many units are folded away."""
        for slot in column.slots:
            self._card(column, slot)
        dots = self.look.pick("⋮", ":")
        if column.above or column.below:
            self.canvas.put(column.x, 0, f"{dots} +{column.above}" if column.above else "", "quiet")
            if column.below:
                self.canvas.put(column.x, self.canvas.height - 1, f"{dots} +{column.below}", "quiet")
        if column.layer == len(self.frame.network.layers):
            self._target(column)

    def _card(self, column: Column, slot: Slot) -> None:
        place = Node(column.layer, slot.unit)
        ground = " on node" if self.look.depth == "full" else ""
        self.canvas.fill(Region(column.x, slot.y, column.width, slot.height), "text" + ground)
        lower = self._lower(column.layer)
        upper = self._upper(column.layer)
        name = unit(self.frame.network, *place)
        marked = place == self.chosen.pointed
        pointed = marked or place in (self.chosen.place, *self.chosen.lit.places)
        shown = [upper, lower] if slot.height == 3 else [lower if self._role(lower) else upper]
        lit = light_unit(self.frame, place, shown)
        if slot.height == 1:
            self._one_line(column, slot, shown[0], pointed, marked)
        else:
            role = "pointed" if marked or (pointed and self.chosen.name not in shown) else lit or "bright"
            self.canvas.put(column.x, slot.y, f"{self._mark if marked else ' '}{name} "[:CARD], role + ground)
            for at, tensor in enumerate(shown, 1):
                self._value(column.x + column.width - CARD, slot.y + at, tensor, slot.unit, ground)
        for y in range(slot.y, slot.y + slot.height):
            self.canvas.hit(column.x, y, column.width, ("place", place))

    @property
    def _mark(self) -> str:
        """Stands before what somebody points at."""
        return self.look.pick("▸", ">")

    def _one_line(self, column: Column, slot: Slot, tensor: str, pointed: bool, marked: bool) -> None:
        ground = " on node" if self.look.depth == "full" else ""
        number, role = self._number(tensor, slot.unit)
        if pointed:
            role = "selected" if self.chosen.name == tensor and not marked else "pointed"
        text = (self._mark if marked else self._sign(tensor)) + number.rjust(CARD - 1)
        self.canvas.put(column.x, slot.y, text[-column.width :], role + ground)

    def _value(self, x: int, y: int, tensor: str, at: int, ground: str) -> None:
        number, role = self._number(tensor, at)
        sign = self._sign(tensor)
        if sign != " ":
            self.canvas.put(x, y, sign, ("quiet" if role == "text" else role) + ground)
        self.canvas.put(x + 1, y, number.rjust(CARD - 1), role + ground)

    def _sign(self, tensor: str) -> str:
        """What kind of number this is: Σ a net input, ∂ a gradient of E, ′ the slope of an activation."""
        if tensor.startswith("net_"):
            return self.look.pick("Σ", "n")
        at = self.frame.program.names.get(tensor)
        role = None if at is None else self.frame.program.steps[at].role
        if role is None or not role.of:
            return " "
        return self.look.glyphs.partial if role.of == "E" else self.look.pick("′", "'")

    def _number(self, tensor: str, at: int) -> tuple[str, str]:
        """A unit's number in a tensor, for the sample that is shown, and its role."""
        shape = self.frame.shape(tensor)
        index = (at,) if len(shape) == 1 else (min(self.chosen.sample, shape[0] - 1), at)
        number = shown(self.frame, tensor, index)
        if number is None:
            return self.look.pick("·", ".").center(CARD - 1), "coming"
        role = light_cell(self.frame, tensor, index) or "text"
        if self.chosen.name == tensor and self.chosen.index == index:
            role = "selected"
        elif not math.isfinite(number):
            role = "alert"
        text = _fitting(self.look, number)
        if is_partial(self.frame, tensor, index) and len(text) < CARD - 1:
            text = self.look.pick("…", "~") + text
        return text, role

    def _role(self, tensor: str) -> str:
        return light(self.frame, tensor)

    def _upper(self, layer: int) -> str:
        """The tensor on the second line: what the layer gives."""
        if layer == 0:
            return "X"
        steps = self.frame.program.steps
        return next(s.name for s in steps if s.role.kind == "activation" and s.role.layer == layer)

    def _lower(self, layer: int) -> str:
        """The tensor on the third line: net; going back what the step touches, or the latest."""
        if layer == 0:
            return "X"
        homes, steps = self.frame.program.homes, self.frame.program.steps
        here = [
            step.name
            for step in steps[: self.frame.done + (self.frame.inside is not None)]
            if step.phase == "backward"
            and homes[step.name].kind == "node"
            and homes[step.name].layer == layer
        ]
        lit = [name for name in here if self._role(name)]
        if lit:
            return lit[-1]
        if self._role(f"net_{layer}") or not here:
            return f"net_{layer}"
        gradients = [name for name in here if steps[self.frame.program.names[name]].role.of == "E"]
        return (gradients or here)[-1]

    def _target(self, column: Column) -> None:
        """Below the output: the target, and how far it is missed."""
        label, y = column.below_output(self.canvas.height)
        if label is not None:
            self.canvas.put(column.x, label, " labelY", self._role("labelY") or "quiet")
            number, role = self._number("labelY", column.slots[0].unit)
            self.canvas.put(column.x + 1, label + 1, number.rjust(CARD - 1), role)
        loss = self.frame.tensors.get("E")
        if y is not None:
            role = self._role("E") or ("text" if loss is not None else "coming")
            if self.chosen.name == "E":
                role = "selected"
            text = (
                self.look.pick("·", ".").center(CARD - 2)
                if loss is None
                else _fitting(self.look, float(loss))
            )
            self.canvas.put(column.x, y, "E", self._role("E") or "quiet")
            self.canvas.put(column.x + 1, y, text.rjust(CARD - 1), role)


def _fitting(look: Look, number: float) -> str:
    """A number in the chosen format where a card has room for it, else in the shortest."""
    text = look.number(number)
    return text if len(text) < CARD else short(number)
