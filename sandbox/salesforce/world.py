"""The world that the demo org knows: companies and people, the same as everywhere in the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

PEOPLE_EACH = 6

NAMES = {
    "en-US": ("Alice Morgan", "Ben Carter", "Chloe Evans", "Daniel Reed", "Emma Stone", "Frank Hill",
              "Georgia Lane", "Harry Wood", "Isla Grant", "Jack Nolan"),
    "de": ("Anna Schulz", "Bernd Krüger", "Clara Hoffmann", "Dieter Vogel", "Eva König", "Jürgen Weiß"),
    "fr": ("Amélie Dubois", "Benoît Lefèvre", "Camille Girard", "François Noël", "Hélène Marchand"),
    "ru": ("Анна Смирнова", "Борис Козлов", "Елена Новикова", "Дмитрий Орлов"),
    "uk": ("Ірина Шевченко", "Олег Бондар", "Наталія Мельник", "Тарас Гриценко"),
    "es": ("Lucía Fernández", "Javier Ortega", "María Núñez", "Pablo Castaño"),
    "ja": ("佐藤 花子", "鈴木 一郎", "高橋 美咲", "田中 健太"),
}  # fmt: skip

COMPANIES = (
    ("Northwind Retail", "northwind.example", "en-US", "enterprise", 480_000, "USD", "red", "AMER"),
    ("Kestrel Logistics", "kestrel.example", "en-US", "enterprise", 350_000, "USD", "yellow", "AMER"),
    ("Blue Harbor Foods", "blueharbor.example", "en-US", "business", 84_000, "USD", "green", "AMER"),
    ("Tidewater Books", "tidewater.example", "en-US", "starter", 6_000, "USD", "green", "AMER"),
    ("Alder & Finch", "alderfinch.example", "en-US", "business", 62_000, "GBP", "yellow", "EMEA"),
    ("Brightside Clinics", "brightside.example", "en-US", "enterprise", 290_000, "GBP", "green", "EMEA"),
    ("Copperline Energy", "copperline.example", "en-US", "business", 120_000, "USD", "red", "AMER"),
    ("Juniper Schools", "juniper.example", "en-US", "starter", 4_800, "USD", "green", "AMER"),
    ("Hanse Handel GmbH", "hansehandel.example", "de", "enterprise", 310_000, "EUR", "yellow", "EMEA"),
    ("Alpenblick Verlag", "alpenblick.example", "de", "business", 54_000, "EUR", "green", "EMEA"),
    ("Rheintal Maschinenbau", "rheintal.example", "de", "enterprise", 265_000, "EUR", "red", "EMEA"),
    ("Kiezladen Berlin", "kiezladen.example", "de", "starter", 3_600, "EUR", "green", "EMEA"),
    ("Lumière Services", "lumiere.example", "fr", "enterprise", 230_000, "EUR", "red", "EMEA"),
    ("Boulangerie Réunie", "boulangerie.example", "fr", "starter", 5_200, "EUR", "green", "EMEA"),
    ("Atelier Vauban", "vauban.example", "fr", "business", 47_000, "EUR", "yellow", "EMEA"),
    ("Северный Склад", "sklad.example", "ru", "business", 71_000, "EUR", "red", "EMEA"),
    ("Волга Трейд", "volga.example", "ru", "business", 39_000, "EUR", "green", "EMEA"),
    ("Дніпро Софт", "dnipro.example", "uk", "business", 58_000, "EUR", "yellow", "EMEA"),
    ("Карпати Тур", "karpaty.example", "uk", "starter", 7_400, "EUR", "green", "EMEA"),
    ("Tiendas Sol", "tiendassol.example", "es", "enterprise", 205_000, "EUR", "yellow", "EMEA"),
    ("Mercado Andino", "andino.example", "es", "business", 66_000, "USD", "green", "LATAM"),
    ("Librería Cervera", "cervera.example", "es", "starter", 4_100, "EUR", "green", "EMEA"),
    ("桜ロジスティクス", "sakura.example", "ja", "enterprise", 340_000, "JPY", "yellow", "APAC"),
    ("みどり商店", "midori.example", "ja", "starter", 8_800, "JPY", "green", "APAC"),
    ("Kansai Instruments", "kansai.example", "ja", "business", 93_000, "JPY", "red", "APAC"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Company:
    """A customer, as sales knows it."""

    number: int
    name: str
    domain: str
    language: str
    tier: str
    arr: int
    currency: str
    health: str
    region: str

    @property
    def segment(self) -> str:
        """Which trade it is in."""
        return ("Retail", "Industry", "Services")[self.number % 3]

    @property
    def renewal(self) -> str:
        """The day on which its subscription ends."""
        return f"2027-{1 + self.number % 12:02d}-{1 + self.number % 28:02d}"

    @property
    def csm(self) -> str:
        """The address of its customer success manager."""
        return f"csm{1 + self.number % 4}@sales.example"

    def people(self) -> Iterator[tuple[str, str]]:
        """Yield name and address of its people."""
        names = NAMES[self.language]
        for turn in range(PEOPLE_EACH):
            yield names[(self.number + turn) % len(names)], f"contact{turn + 1}@{self.domain}"


def companies() -> list[Company]:
    """Return every company."""
    return [Company(number, *row) for number, row in enumerate(COMPANIES)]
