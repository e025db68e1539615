"""
The words by which `hub.tone` reads a customer's mood, English and Russian. A word ending in `*` is a stem.

Chosen by judgement for support mail, not fitted. Words that only name the trouble (error, bug,
problem) are not here: nobody is in a bad mood because they report a bug.
"""

# ruff: noqa: RUF001  Russian words are meant

from __future__ import annotations

STRONG, PLAIN, WEAK = 2.0, 1.0, 0.5

GOOD: dict[float, str] = {
    STRONG: """
        love loved loves amazing awesome excellent fantastic brilliant outstanding superb wonderful perfect
        perfectly delighted thrilled impressed impressive best flawless lifesaver kudos bravo terrific
        отличн* прекрасн* замечательн* великолепн* превосходн* супер идеальн* восхитительн* восторг* обожаю
        шикарн* потрясающ* блестящ* лучш*
        """,
    PLAIN: """
        great good nice happy glad pleased thank thanks thx cheers appreciate* grateful helpful recommend*
        satisfied smooth smoothly fine well enjoy* enjoyed pleasant reliable comfortable easy easily
        friendly superior beautiful fun cool better improved win relieved excited hooray yay congratulat*
        solid useful clean fresh delicious tasty worth favorite favourite спасибо спс благодар* хорош* рад
        рада рады радует радост* доволен довольн* нравит* понравил* помогло помогли помог помогл*
        заработал* удобн* оперативн* приятн* молодец молодцы класс круто решен* решён* исправлен* починил*
        получилось устраивает люблю любим* вежлив* качественн* рекомендую
        """,
    WEAK: """
        ok okay welcome pretty interesting hope nicely smart works working solved fixed resolved fast quick
        quickly решили ладно нормально неплохо удачи работает быстро
        """,
}

BAD: dict[float, str] = {
    STRONG: """
        terrible horrible awful worst unacceptable ridiculous outrageous disgust* pathetic useless hate
        hated furious outraged angry appalling scandalous scam fraud ripoff disaster catastroph* nightmare
        joke garbage crap sucks sucked shame shameful disgrace* lawyer lawsuit refund* incompeten* idiot*
        stupid lousy atrocious insult* unusable worthless lied lying ужас* кошмар* отвратительн* безобраз*
        возмут* возмущ* позор* хамств* издевател* издеваетесь бесит бесят достал* мошенни* обман* ненавижу
        худш* дерьм* мерзк* бездарн* наглост* беспредел* тупо тупые идиот* невыносим* неприемлем*
        недопустим* катастроф* жалоб* пожалов* претензи* суд суда верните сволоч* дурацк*
        """,
    PLAIN: """
        bad poor poorly disappoint* frustrat* annoy* upset unhappy dissatisfied unsatisfied impossible
        confus* worse lose losing lost waste wasted wasting avoid cancel* complain* complaint unreliable
        unprofessional rude ignor* nobody tired sad regret* fear afraid worried worry concern*
        unfortunately mess broke horrid cheap boring bored dull bland mediocre painful pain mistake dirty
        cold ugly weak disagree* lack lacks lacking overpriced stuck delay* desperate* seriously escalat*
        impatient unresolved hopeless dead died damage* junk плохо плох* разочаров* расстро* недовол*
        невозможн* хуже неправильн* неверн* потерял* теря* зря жаль увы сожалени* игнорир* никто отмен*
        уйдём уйдем уходим конкурент* устал* надоел* бесполезн* неудобн* неудачн* долго грустн* печал*
        беспоко* волнует боюсь боимся страшно опять отсутству* некачественн* груб* ошибаетесь тревож* срыв*
        сорван* простаива* простой убытк* злит
        """,
    WEAK: """
        still again yet fail* crash* broken slow slowly wrong сломал* медленн* waiting wait urgent urgently
        asap why never nothing difficult hard снова ждём ждем жду ожида* срочно почему когда никогда ничего
        сложно трудно дорого
        """,
}

IF_DENIED: dict[float, str] = {
    PLAIN: """
        help helped helpful responded respond response reply replied answer answered care listen solved
        resolved resolve worth able помогло помогает помог помогли ответа ответили отвечает отвечают
        отвечаете решена решено решили
        """,
    WEAK: """
        work works working worked fix fixed solve load loads open start possible understand работает
        работают работал работала работало исправлено исправили открывается загружается запускается
        """,
}
"""Of no colour, or even good, until they are denied: `no reply`, `не помогло`. A thing that does not work
is a report more than a mood."""

DENIALS = frozenset(
    """
    not no never neither nor cannot without hardly barely nobody none nothing isnt wasnt arent werent dont
    doesnt didnt cant couldnt wont wouldnt shouldnt havent hasnt hadnt aint не нет ни без никак нельзя
    """.split()  # noqa: SIM905
)
LOUDER = frozenset(
    """
    very really so extremely absolutely totally completely incredibly highly too such most quite
    очень крайне совершенно абсолютно настолько слишком просто полностью совсем столько
    """.split()  # noqa: SIM905
)

PHRASES: dict[str, float] = {
    "thanks in advance": 0.0,
    "thank you in advance": 0.0,
    "заранее спасибо": 0.0,
    "спасибо заранее": 0.0,
    "заранее благодар": 0.0,
    "good morning": 0.0,
    "good afternoon": 0.0,
    "good evening": 0.0,
    "good day": 0.0,
    "best regards": 0.0,
    "kind regards": 0.0,
    "all the best": 0.0,
    "no problem": 0.5,
    "no worries": 0.5,
    "not bad": 0.5,
    "no issues": 0.5,
    "had to wait": -1.0,
    "still waiting": -1.5,
    "still not": -1.0,
    "still no": -1.0,
    "fed up": -2.0,
    "how long": -0.5,
    "waste of": -2.0,
    "let down": -1.5,
    "looking forward": 0.5,
    "well done": 2.0,
    "works now": 1.5,
    "working now": 1.5,
    "as soon as possible": -0.5,
    "money back": -2.0,
    "до сих пор": -1.0,
    "сколько можно": -2.0,
    "всё работает": 1.5,
    "все работает": 1.5,
    "добрый день": 0.0,
    "доброе утро": 0.0,
    "добрый вечер": 0.0,
    "всего хорошего": 0.0,
    "лучшие пожелания": 0.0,
    "нет проблем": 0.5,
    "не за что": 0.5,
    "никакой реакции": -1.5,
}
"""What means something else together than word by word."""

FACES: dict[str, float] = {
    **dict.fromkeys(
        ("🙂", "😀", "😃", "😄", "😊", "😍", "👍", "🙏", "❤", "🎉", ":)", ":-)", ":D", ";)"), 1.0
    ),
    **dict.fromkeys(("🙁", "☹", "😞", "😠", "😡", "🤬", "😤", "👎", "😢", "😭", ":(", ":-(", ":/"), -1.0),
}
