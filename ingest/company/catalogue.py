"""What the generated company buys and makes: ingredients with their allergens, recipes with shares, finished packs."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ingest.company.numbers import gtin
from ontology.food import Allergen, Product
from ontology.language import Fact, Link, Ref, Source
from ontology.relations import HAS_ALLERGEN, HAS_INGREDIENT
from ontology.values import Quantity

OWNER = "Meadow & Mill"


@dataclass(frozen=True)
class Ingredient:
    """Something bought: GS1 allergen codes, the trade that supplies it, for how many orders a lot lasts, and whether it is told from the field on."""

    number: int
    name: str
    trade: str
    lasts: float
    allergens: tuple[str, ...] = ()
    farmed: bool = False

    @cached_property
    def product(self) -> Ref[Product]:
        """The product it is."""
        return _product(100_000 + self.number)


@dataclass(frozen=True)
class Recipe:
    """What is made of what, in which shares of the mix; `baked` mixes lose weight in the oven or kettle."""

    number: int
    plant: int
    line: int
    name: str
    mix: str
    days: int
    baked: bool
    shares: tuple[tuple[Ingredient, float], ...]
    packs: tuple[str, str]

    @cached_property
    def mixed(self) -> Ref[Product]:
        """The unbaked mix, an intermediate product."""
        return _product(200_000 + self.number)

    @cached_property
    def bulk(self) -> Ref[Product]:
        """The baked or cooked food before it is packed; the mix itself where nothing is baked."""
        return _product(300_000 + self.number) if self.baked else self.mixed

    @cached_property
    def packed(self) -> tuple[Ref[Product], Ref[Product]]:
        """The two finished packs."""
        return _product(400_000 + 2 * self.number), _product(400_001 + 2 * self.number)

    @cached_property
    def allergens(self) -> frozenset[str]:
        """What the ingredients bring with them."""
        return frozenset(code for ingredient, _ in self.shares for code in ingredient.allergens)


TRADES = ("mill", "dairy", "egg farm", "growers", "nut trader", "oil press", "spice house", "sugar works")
_BOUGHT = """
wheat flour|mill|1.4|AW UW
rye flour|mill|1.5|AW NR
rolled oats|mill|1.6|AW
butter|dairy|1.3|AM
whole milk|dairy|1.0|AM ML
cream cheese|dairy|1.2|AM
liquid egg|egg farm|1.1|AE
tomatoes|growers|1.0||farmed
carrots|growers|1.1||farmed
celeriac|growers|1.2|BC|farmed
chickpeas|growers|1.6||farmed
spinach|growers|1.0||farmed
hazelnuts|nut trader|1.8|AN SH
almonds|nut trader|1.8|AN SA
sesame paste|nut trader|1.5|AS
rapeseed oil|oil press|1.5|
olive oil|oil press|1.6|
soy drink|oil press|1.4|AY
sea salt|spice house|8|
yeast|spice house|2.5|
mustard seed|spice house|3|BM
cumin|spice house|6|
sugar|sugar works|1.8|
honey|sugar works|2|
"""
_MADE = """
0|0|Farmhouse bread|dough|6|baked|wheat flour 60, rye flour 32, yeast 5, sea salt 3|500 g loaf|1 kg loaf
0|0|Oat rolls|dough|4|baked|wheat flour 52, rolled oats 33, rapeseed oil 5, yeast 7, sea salt 3|6 rolls|12 rolls
0|1|Butter croissants|dough|5|baked|wheat flour 55, butter 30, whole milk 12, yeast 3|4 pieces|10 pieces
0|1|Honey cake|batter|21|baked|wheat flour 45, liquid egg 25, honey 20, butter 10|350 g|700 g
0|2|Hazelnut slices|batter|30|baked|hazelnuts 35, wheat flour 35, sugar 20, liquid egg 10|200 g|400 g
0|2|Oat biscuits|dough|90|baked|rolled oats 50, butter 25, sugar 25|150 g|300 g
1|0|Tomato soup|soup|28|baked|tomatoes 80, celeriac 12, olive oil 6, sea salt 2|400 ml|800 ml
1|0|Carrot soup|soup|28|baked|carrots 75, soy drink 20, cumin 2, sea salt 3|400 ml|800 ml
1|1|Hummus|paste|24||chickpeas 65, sesame paste 20, olive oil 13, cumin 2|175 g|400 g
1|1|Spinach dip|paste|18||spinach 45, cream cheese 50, mustard seed 5|175 g|400 g
1|2|Almond spread|paste|120||almonds 60, rapeseed oil 20, sugar 20|200 g|350 g
1|2|Carrot salad|salad|8||carrots 80, rapeseed oil 15, mustard seed 5|250 g|1 kg
"""


def _product(number: int) -> Ref[Product]:
    return Ref(Product, f"gtin:{gtin(number)}")


def _bought() -> Iterator[Ingredient]:
    for number, row in enumerate(_BOUGHT.strip().splitlines()):
        name, trade, lasts, allergens, *farmed = row.split("|")
        yield Ingredient(number, name, trade, float(lasts), tuple(allergens.split()), bool(farmed))


def _made() -> Iterator[Recipe]:
    for number, row in enumerate(_MADE.strip().splitlines()):
        plant, line, name, mix, days, baked, shares, small, large = row.split("|")
        pairs = (share.rsplit(" ", 1) for share in shares.split(", "))
        listed = tuple((BY_NAME[ingredient], int(percent) / 100) for ingredient, percent in pairs)
        yield Recipe(number, int(plant), int(line), name, mix, int(days), bool(baked), listed, (small, large))


INGREDIENTS = tuple(_bought())
BY_NAME = {ingredient.name: ingredient for ingredient in INGREDIENTS}
RECIPES = tuple(_made())
ON_LINE = {(plant, line): tuple(one for one in RECIPES if (one.plant, one.line) == (plant, line)) for plant in (0, 1) for line in (0, 1, 2)}
"""The recipes of a plant's sort of line."""
IN_BOTH_PLANTS = frozenset.intersection(
    *(frozenset(ingredient.number for one in RECIPES if one.plant == plant for ingredient, _ in one.shares) for plant in (0, 1))
)
"""The ingredients, by number, that both plants use."""
WASTE = Product(owner=OWNER, name="Production waste")
REWORK = Product(owner=OWNER, name="Rework")


def facts(source: Source) -> Iterator[Fact]:
    """The master data of products: names, allergens, recipes; the labels name what shares a line with them, too."""
    for ingredient in INGREDIENTS:
        known = Product(gtin=gtin(100_000 + ingredient.number), owner=OWNER, name=ingredient.name.capitalize())
        yield Fact(known, source, tuple(HAS_ALLERGEN(Allergen(code=code), level="CONTAINS") for code in ingredient.allergens))
    for recipe in RECIPES:
        made_of = tuple(HAS_INGREDIENT(ingredient.product, share=share, sequence=place) for place, (ingredient, share) in enumerate(recipe.shares, 1))
        labels = _labels(recipe)
        yield Fact(Product(gtin=gtin(200_000 + recipe.number), owner=OWNER, name=f"{recipe.name}, {recipe.mix}"), source, (*made_of, *labels))
        if recipe.baked:
            baked = Product(gtin=gtin(300_000 + recipe.number), owner=OWNER, name=f"{recipe.name}, unpacked")
            yield Fact(baked, source, (HAS_INGREDIENT(recipe.mixed, share=1.0, sequence=1),))
        for pack, number in zip(recipe.packs, (400_000 + 2 * recipe.number, 400_001 + 2 * recipe.number), strict=True):
            finished = Product(gtin=gtin(number), owner=OWNER, name=f"{recipe.name} {pack}", net_content=_content(pack))
            yield Fact(finished, source, (HAS_INGREDIENT(recipe.bulk, share=1.0, sequence=1), *labels))


def _labels(recipe: Recipe) -> tuple[Link, ...]:
    beside = frozenset(code for other in ON_LINE[(recipe.plant, recipe.line)] for code in other.allergens)
    contains = [HAS_ALLERGEN(Allergen(code=code), level="CONTAINS") for code in sorted(recipe.allergens)]
    return (*contains, *(HAS_ALLERGEN(Allergen(code=code), level="MAY_CONTAIN") for code in sorted(beside - recipe.allergens)))


def _content(pack: str) -> tuple[Quantity, ...]:
    amount, unit = pack.split(" ", 1)
    code = {"g": "GRM", "kg": "KGM", "ml": "MLT"}.get(unit)
    return (Quantity(float(amount), code) if code else Quantity(float(amount), text=pack),)
