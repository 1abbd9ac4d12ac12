"""The units of a layer as small cards: name, output, and the net input or the gradient."""

from __future__ import annotations

import math

from rich.cells import cell_len

from bpstep.explain.numbers import format_short
from bpstep.explain.prose.units import data_names, unit_name
from bpstep.frozen import frozen
from bpstep.lang.cells import Index
from bpstep.program.diagram import Diagram, LayoutKind, Node
from bpstep.program.program import Phase, RoleKind
from bpstep.render.canvas import Canvas, Region, clip, clip_names
from bpstep.render.highlight import (
    cell_role,
    displayed_value,
    is_partial,
    number_text,
    tensor_role,
    unit_role,
)
from bpstep.render.mlp.columns import CARD_WIDTH, TARGET_CARD_HEIGHT, Column, Slot
from bpstep.render.theme import Theme
from bpstep.render.view_state import Selection, clamp_index
from bpstep.session.frame import Frame

_MIN_NAME = 2
"""The cells that an output's name keeps beside its target."""


@frozen
class Cards:
    """Draws the units of each layer as cards: a name, numbers, a target."""

    canvas: Canvas
    frame: Frame
    theme: Theme
    chosen: Selection

    def draw(self, column: Column) -> None:
        """The cards of a layer, and how many units are hidden."""
        for slot in column.slots:
            self._draw_card(column, slot)
        dots = self.theme.pick("⋮", ":")
        if column.above or column.below:
            self.canvas.put(column.x, 0, f"{dots} +{column.above}" if column.above else "", "quiet")
            if column.below:
                self.canvas.put(column.x, self.canvas.height - 1, f"{dots} +{column.below}", "quiet")
        if column.layer == self.diagram.depth:
            self._draw_target_and_loss(column)

    @property
    def diagram(self) -> Diagram:
        """The layers of the network and where its tensors belong in them."""
        return self.frame.program.unit_diagram

    def _short_name(self, place: Node, width: int) -> str:
        """A unit's name in this width, distinguishable from the others of its layer."""
        name = unit_name(self.frame.network, *place, self.diagram.sizes)
        if cell_len(name) <= width:
            return name
        names = data_names(self.frame.network, place.layer, self.diagram.depth)
        dots = self.theme.glyphs.ellipsis
        return clip_names(names, width, dots)[place.unit] if names else clip(name, width, dots)

    def _draw_card(self, column: Column, slot: Slot) -> None:
        place = Node(column.layer, slot.unit)
        background = " on node" if self.theme.depth == "full" else ""
        self.canvas.fill(Region(column.x, slot.y, column.width, slot.height), "text" + background)
        lower = self._latest_tensor(column.layer)
        upper = self._output_tensor(column.layer)
        target = self._short_target(column, slot)
        name = self._short_name(place, column.width - 1 - len(target))
        marked = place == self.chosen.pointed
        pointed = marked or place in (self.chosen.place, *self.chosen.highlight.places)
        is_new = self.diagram.is_labelled and self._tensor_role(upper) == "write"
        shown = [lower if self._tensor_role(lower) and not is_new else upper]
        if slot.height >= 3:
            shown = [upper, lower]
        if slot.height == TARGET_CARD_HEIGHT:
            shown = [upper, self.diagram.label, lower]
        if len(shown) > 1 and lower == upper:
            # The product has no name: nothing precedes the output.
            shown.pop()
        highlight_role = unit_role(self.frame, place, shown)
        if slot.height == 1:
            self._draw_one_line_card(column, slot, shown[0], pointed, marked)
        else:
            role = (
                "pointed"
                if marked or (pointed and self.chosen.name not in shown)
                else highlight_role or "bright"
            )
            gap = " " if cell_len(name) + 2 <= CARD_WIDTH else ""
            text = f"{self._pointer if marked else ' '}{name}{gap}"
            self.canvas.put(column.x, slot.y, text, role + background)
            for at, tensor in enumerate(shown, 1):
                self._draw_value(column, slot.y + at, tensor, slot.unit, background)
        for y in range(slot.y, slot.y + slot.height):
            self.canvas.add_hit(column.x, y, column.width, ("place", place))
        if target:
            _, role = self._number_and_role(self.diagram.label, slot.unit)
            x = column.x + column.width - len(target)
            self.canvas.put(x, slot.y, target, ("quiet" if role == "text" else role) + background)

    def _short_target(self, column: Column, slot: Slot) -> str:
        """A target beside the output's name; empty if its exact value does not fit there."""
        label = self.diagram.label
        is_output = column.layer == self.diagram.depth and bool(label)
        if not (is_output and 1 < slot.height < TARGET_CARD_HEIGHT):
            return ""
        if len(column.slots) == 1 and column.below_output(self.canvas.height)[0] is not None:
            return ""
        value = displayed_value(self.frame, label, self._index(label, slot.unit))
        text = "" if value is None else f"{self._kind_sign(label, column.layer)}{value:g}"
        if value is None or float(text[1:]) != value or _MIN_NAME + 2 + len(text) > column.width:
            return ""
        return text

    def _index(self, tensor: str, unit: int) -> Index:
        """A unit's cell in a tensor, for the displayed sample."""
        shape = self.frame.shape(tensor)
        found = self.diagram.layouts[tensor].unit_index(unit, len(shape), self.chosen.sample)
        return clamp_index(found, shape)

    @property
    def _pointer(self) -> str:
        """The mark before a unit that the teacher points at."""
        return self.theme.pick("▸", ">")

    def _draw_one_line_card(
        self, column: Column, slot: Slot, tensor: str, pointed: bool, marked: bool
    ) -> None:
        background = " on node" if self.theme.depth == "full" else ""
        number, role = self._number_and_role(tensor, slot.unit)
        if pointed:
            role = "selected" if self.chosen.name == tensor and not marked else "pointed"
        sign = self._term_sign(tensor, slot.unit) or self._kind_sign(tensor, column.layer)
        text = (self._pointer if marked else sign) + number.rjust(CARD_WIDTH - 1)
        self.canvas.put(column.x, slot.y, text[-column.width :], role + background)

    def _draw_value(self, column: Column, y: int, tensor: str, at: int, background: str) -> None:
        x = column.x + column.width - CARD_WIDTH
        number, role = self._number_and_role(tensor, at)
        sign = self._term_sign(tensor, at) or self._kind_sign(tensor, column.layer)
        if sign != " ":
            self.canvas.put(x, y, sign, ("quiet" if role == "text" else role) + background)
        self.canvas.put(x + 1, y, number.rjust(CARD_WIDTH - 1), role + background)

    def _term_sign(self, tensor: str, unit: int) -> str:
        """A times sign if the number is one term of a sum; else empty."""
        inside = self.frame.inside
        if inside is None or tensor != inside.step.name or tensor in self.frame.tensors:
            return ""
        is_term = inside.term(self._index(tensor, unit)) is not None
        return self.theme.pick("×", "x") if is_term else ""

    def _kind_sign(self, tensor: str, layer: int) -> str:
        """The kind of a number: Σ a net input, ∂ a gradient of E, ′ an activation's slope, → a target."""
        if layer and tensor == self.diagram.label:
            return self.theme.pick("→", "t")
        if tensor == self.diagram.layers[layer].net:
            return self.theme.pick("Σ", "n")
        at = self.frame.program.step_indices.get(tensor)
        role = None if at is None else self.frame.program.steps[at].role
        if role is None or not role.of:
            return " "
        return self.theme.glyphs.partial if role.of == self.diagram.loss else self.theme.pick("′", "'")

    def _number_and_role(self, tensor: str, at: int) -> tuple[str, str]:
        """A unit's number in a tensor, for the displayed sample, and its role."""
        index = self._index(tensor, at)
        number = displayed_value(self.frame, tensor, index)
        if number is None:
            return self.theme.pick("·", ".").center(CARD_WIDTH - 1), "coming"
        role = cell_role(self.frame, tensor, index) or "text"
        if self.chosen.name == tensor and self.chosen.index == index:
            role = "selected"
        elif not math.isfinite(number):
            role = "alert"
        text = _fit(number_text(self.frame, self.theme, tensor, index, number), number)
        if is_partial(self.frame, tensor, index) and len(text) < CARD_WIDTH - 1:
            text = self.theme.pick("…", "~") + text
        return text, role

    def _tensor_role(self, tensor: str) -> str:
        return tensor_role(self.frame, tensor)

    def _output_tensor(self, layer: int) -> str:
        """The tensor on the second line: the layer's output."""
        return self.diagram.layers[layer].output

    def _latest_tensor(self, layer: int) -> str:
        """The tensor on the third line: net; in the backward phase the one that the step touches, or the
        latest. A parameter's gradient and a part of a gradient are not numbers of the unit.
        """
        if layer == 0:
            return self._output_tensor(0)
        layouts, steps = self.diagram.layouts, self.frame.program.steps
        done = steps[: self.frame.done + (self.frame.inside is not None)]
        layer_tensors = [
            step.name
            for step in done
            if step.phase == Phase.BACKWARD
            and step.role.kind != RoleKind.CONTRIBUTION
            and layouts[step.name].kind == LayoutKind.NODE
            and layouts[step.name].layer == layer
        ]
        highlighted = [name for name in layer_tensors if self._tensor_role(name)]
        if highlighted:
            return highlighted[-1]
        first = self._touched_part(layer) or self._before_output(layer) or self._output_tensor(layer)
        if self._tensor_role(first) or not layer_tensors:
            return first
        gradients = [
            name
            for name in layer_tensors
            if steps[self.frame.program.step_indices[name]].role.of == self.diagram.loss
        ]
        return (gradients or layer_tensors)[-1]

    def _before_output(self, layer: int) -> str:
        """The activation's argument: the last computed part before the output, else the net input."""
        layouts, found = self.diagram.layouts, self.diagram.layers[layer]
        parts = [
            name
            for name in found.parts
            if name != found.output and layouts[name].kind == LayoutKind.NODE and name in self.frame.tensors
        ]
        return parts[-1] if parts else found.net

    def _touched_part(self, layer: int) -> str:
        """Of a column's parts, the one that the step writes, else the last that it reads; not the output."""
        parts = [
            name
            for name in self.diagram.layers[layer].parts[1:]
            if name != self._output_tensor(layer)
            and self.diagram.layouts[name].kind in (LayoutKind.NODE, LayoutKind.BIAS)
        ]
        touched = sorted(
            filter(self._tensor_role, parts), key=lambda name: self._tensor_role(name) == "write"
        )
        return touched[-1] if touched else ""

    def _draw_target_and_loss(self, column: Column) -> None:
        """Below the output: the target, and the difference from it."""
        label, loss_name = self.diagram.label, self.diagram.loss
        line, y = column.below_output(self.canvas.height, bool(label))
        x = column.x + column.width - CARD_WIDTH
        if line is not None:
            text = f" {clip(label, column.width - 1, self.theme.glyphs.ellipsis)}"
            self.canvas.put(column.x, line, text, self._tensor_role(label) or "quiet")
            number, role = self._number_and_role(label, column.slots[0].unit)
            self.canvas.put(x + 1, line + 1, number.rjust(CARD_WIDTH - 1), role)
        loss = self.frame.program.loss_of(self.frame.tensors)
        if y is not None:
            role = self._tensor_role(loss_name) or ("text" if loss is not None else "coming")
            if self.chosen.name == loss_name:
                role = "selected"
            text = (
                self.theme.pick("·", ".").center(CARD_WIDTH - 2)
                if loss is None
                else _fit(self.theme.number(loss), loss)
            )
            self.canvas.put(x, y, loss_name[:1], self._tensor_role(loss_name) or "quiet")
            self.canvas.put(x + 1, y, text.rjust(CARD_WIDTH - 1), role)


def _fit(text: str, number: float) -> str:
    """A number's text if it fits into a card, else the number in the shortest format."""
    return text if len(text) < CARD_WIDTH else format_short(number)
