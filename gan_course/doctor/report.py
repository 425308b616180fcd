"""Look at this machine, and say what to do about anything that is wrong."""

from collections.abc import Callable, Iterable, Sequence

from gan_course.doctor import course, machine
from gan_course.doctor.finding import REINSTALL, Finding

MARKS = {"fine": "✓", "note": "!", "broken": "✗"}
LOOKS: dict[str, Callable[[], Iterable[Finding]]] = {
    "python": machine.look_at_python,
    "packages": machine.look_at_packages,
    "device": machine.look_at_device,
    "memory": machine.look_at_memory,
    "disk": machine.look_at_disk,
    "settings": course.look_at_settings,
    "cache": course.look_at_cache,
    "data": course.look_at_data,
    "weights": course.look_at_weights,
}


def main() -> int:
    """Print the report; return 0 when the course can be used here, else 1."""
    findings = examine()
    print("\n".join(lines(findings)))
    broken = sum(finding.state == "broken" for finding in findings)
    if broken:
        print(f"\nThe course needs repair; see the {broken} marked ✗ above.")
        return 1
    print("\nThis machine is ready for the course.")
    return 0


def examine() -> list[Finding]:
    """Look at everything; a look that fails is a finding too, never an error."""
    findings: list[Finding] = []
    for name, look in LOOKS.items():
        try:
            findings += look()
        except Exception as error:
            problem = f"{type(error).__name__}: {error}".splitlines()[0]
            findings.append(Finding(name, problem, "broken", REINSTALL))
    return findings


def lines(findings: Sequence[Finding]) -> list[str]:
    """Write findings below each other, each remedy under its finding."""
    width = max(len(finding.name) for finding in findings)
    written = []
    for finding in findings:
        mark = MARKS[finding.state]
        written.append(f"{mark} {finding.name:<{width}}  {finding.value}")
        if finding.remedy:
            written.append(f"  {'':<{width}}  → {finding.remedy}")
    return written
