"""Words that news reports use for one another, and words that are each other's opposite."""

from __future__ import annotations

from qa.facts import stem

_ALIKE = """
rise increase grow climb jump|fall decrease drop decline reduce cut|kill die death dead|hurt injure wound injury
begin start launch|end finish stop|buy purchase acquire|close shut|big large huge|small little tiny|child kid
company firm business|win victory beat defeat|police officer|car vehicle|house home|build construct|choose pick select
show reveal|ask request|help aid assist|need require|allow permit let|crash collision|fire blaze|attack assault
plan intend|happen occur|find discover|pay spend cost|leave quit resign depart|make produce|doctor physician|film movie
important major|main chief head leader|arrest detain|area region|town city|law legislation|quick fast|sick ill
expect likely|repair fix"""
_OPPOSITE = """
rise fall|increase decrease|increase reduce|increase drop|rise drop|grow shrink|win lose|gain lose|more less|more fewer
before after|open close|accept reject|approve reject|support oppose|allow ban|permit ban|buy sell|arrive leave
north south|east west|northern southern|eastern western|up down|above below|highest lowest|largest smallest
oldest youngest|best worst|first last|high low|success failure|succeed fail|guilty innocent|convict acquit|begin end
start end|start stop|male female|man woman|husband wife|father mother|son daughter|brother sister|morning evening
left right|maximum minimum|majority minority|early late|import export|war peace|alive dead|survive die
strengthen weaken|expand reduce|hire fire|join leave|widen narrow|ahead behind|rich poor|old new"""
_IRREGULAR = dict(
    pair.split(":")
    for pair in "rose:rise risen:rise fell:fall fallen:fall grew:grow grown:grow shrank:shrink won:win lost:lose sold:sell bought:buy "
    "left:leave began:begin begun:begin died:die men:man women:woman wives:wife beaten:beat broke:break broken:break brought:bring "
    "built:build caught:catch chose:choose chosen:choose came:come drew:draw drawn:draw drove:drive driven:drive fought:fight found:find "
    "flew:fly flown:fly gave:give given:give went:go gone:go held:hold kept:keep knew:know known:know led:lead lent:lend lay:lie met:meet "
    "paid:pay ran:run saw:see seen:see sent:send shot:shoot shown:show spoke:speak spoken:speak spent:spend stood:stand stole:steal "
    "stolen:steal struck:strike taught:teach took:take taken:take thought:think threw:throw thrown:throw told:tell wrote:write "
    "written:write made:make lit:light fed:feed fled:flee hid:hide hidden:hide rode:ride ridden:ride rang:ring sang:sing sank:sink "
    "sought:seek shook:shake swore:swear sworn:swear swam:swim wore:wear worn:wear wound:wind children:child people:person "
    "became:become forbade:forbid forbidden:forbid withdrew:withdraw withdrawn:withdraw".split()
)
# Words that say little of what is told: a claim loses nothing when it has them and the source has not.
_LIGHT = """
be been am may might must shall should cannot ought let across against along amid among around at away back because before behind
below beneath beside besides beyond by despite down due else even ever except further furthermore hence here however indeed instead
into like meanwhile moreover near nevertheless nonetheless off often once onto or otherwise out outside perhaps please quite rather
really regarding since so still therefore though thus through throughout thereby toward towards together upon usually various via
well whereas whether while within without yet although additionally addition base based given give provide provided following follow
answer question note describe summary summarize overall brief briefly conclusion inform information context specific specifically
particular particularly general generally main mainly make made get got take took taken go went gone come came put set use used do done
become became include involve way thing anyone everyone something anything everything himself herself itself themselves us able unable
sure another certain"""
_SHORT_FOR = {"us": "usa u.s america american", "uk": "u.k britain british", "eu": "european", "un": "nation"}


def root(word: str) -> str:
    """The stem of a word's plain form: "rise" of "rose"."""
    return stem(_IRREGULAR.get(word, word))


def _groups(table: str) -> list[list[str]]:
    return [[root(word) for word in group.split()] for group in table.strip().replace("\n", "|").split("|")]


GROUP = {word: number for number, group in enumerate(_groups(_ALIKE)) for word in group}
OPPOSITES: dict[str, set[str]] = {}
for _one, _other in _groups(_OPPOSITE):
    OPPOSITES.setdefault(_one, set()).add(_other)
    OPPOSITES.setdefault(_other, set()).add(_one)
OTHER_NAMES: dict[str, set[str]] = {}
for _key, _names in _SHORT_FOR.items():
    for _name in [_key, *_names.split()]:
        OTHER_NAMES[_name] = {_key, *_names.split()}
LIGHT = frozenset(stem(word) for word in _LIGHT.split())
