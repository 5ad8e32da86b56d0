"""What is around every control of a form: label, help, and the place where its fault is told."""

from nicegui import ui

from orchestra_ui.parts.elements import Text, box


class FieldFrame:
    """A control with its label, help and fault; the control is put inside `with frame:`."""

    def __init__(self, label: str, help_text: str = "", *, required: bool = False, own_label: bool = False) -> None:
        self.label = label
        self._control: ui.element | None = None
        self.root = box("field switch" if own_label else "field")
        with self.root:
            # A group of controls has a caption, a single control a label; a switch brings its own.
            self._caption = None if own_label else box("label", "label")
            if self._caption is not None:
                with self._caption:
                    Text(label, classes="foreign")
                    if required:
                        Text("required", classes="required")
            if help_text:
                Text(help_text, "div", "help foreign").props["id"] = self._help_id
            self._inside = box()
            self._fault = Text("", "div", "fault foreign")
        self._fault.props["id"] = self._fault_id
        self._fault.visible = False
        self._described = [*([self._help_id] if help_text else []), self._fault_id]

    def __enter__(self) -> "FieldFrame":
        self._inside.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._inside.__exit__(*exception)

    @property
    def control_id(self) -> str:
        """The HTML id of what can be focused."""
        return f"field-{self.root.id}"

    @property
    def _help_id(self) -> str:
        return f"help-{self.root.id}"

    @property
    def _fault_id(self) -> str:
        return f"fault-{self.root.id}"

    def attach(self, control: ui.element) -> None:
        """Tie label, help and fault to the control, for who cannot see that they belong together."""
        self._control = control
        control.props["for"] = self.control_id
        control.props["aria-describedby"] = " ".join(self._described)
        control.props["hide-bottom-space"] = True
        control.props["no-error-icon"] = True
        if self._caption is not None:
            self._caption.props["for"] = self.control_id

    def show_fault(self, message: str | None) -> None:
        """Tell what is wrong here, or that nothing is any more."""
        self._fault.visible = message is not None
        self._fault.show(message or "")
        if self._control is not None:
            self._control.props["error"] = message is not None
