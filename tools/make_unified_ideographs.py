"""Write the table of radicals and strokes with their ordinary characters.

The Unicode property Equivalent_Unified_Ideograph says which CJK radical or
stroke (U+2E80–U+2FDF, U+31C0–U+31EF) stands for which character. Python does
not carry it, Perl does, so this script asks Perl once and writes the file that
`kaowu.basics.names` reads.

    python tools/make_unified_ideographs.py
"""

import subprocess
from pathlib import Path

TARGET = Path(__file__).parent.parent / "src/kaowu/basics/equivalent_unified_ideographs.txt"
ASK = r"""
use Unicode::UCD qw(prop_invmap);
my ($starts, $values, $format, $default) = prop_invmap("EqUIdeo");
print "# ", Unicode::UCD::UnicodeVersion(), "\n";
for my $i (0 .. $#$starts) {
    next unless $values->[$i];
    my $end = $i < $#$starts ? $starts->[$i + 1] - 1 : $starts->[$i];
    printf "%04X %04X\n", $_, $values->[$i] + ($format eq "a" || $format eq "ae" ? $_ - $starts->[$i] : 0)
        for $starts->[$i] .. $end;
}
"""


def main() -> None:
    """Ask Perl and write one line for each radical."""
    answer = subprocess.run(["perl", "-e", ASK], check=True, capture_output=True, text=True).stdout
    version, *lines = answer.splitlines()
    head = [
        f"# Unicode {version.removeprefix('# ')} Equivalent_Unified_Ideograph: radical or stroke, ordinary character",
        "# Written by tools/make_unified_ideographs.py; do not edit. Unicode data, Unicode License v3.",
    ]
    TARGET.write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
