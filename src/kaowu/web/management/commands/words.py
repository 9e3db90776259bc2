"""`kaowu manage words`: make the Chinese catalogue from its parts, or say what is not translated."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kaowu.web import translations


class Command(BaseCommand):
    help = "Make django.po and django.mo from locale/zh_Hans/parts/*.po."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--missing", action="store_true", help="print untranslated message ids as .po entries"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        known = translations.translations()
        missing = {
            message: place
            for message, place in translations.used_messages().items()
            if not known.get(message)
        }
        if options["missing"]:
            for message, place in sorted(missing.items()):
                self.stdout.write(f"#: {place}\n{translations.po_entry(message, '')}\n")
            return
        translations.make()
        if missing:
            raise CommandError(f"{len(missing)} messages have no Chinese; see kaowu manage words --missing")
