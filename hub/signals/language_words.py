"""The commonest words of languages, by which `language` tells them. Data only."""

# ruff: noqa: RUF001
from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CYRILLIC: Final[Mapping[str, str]] = {
    "ru": (
        "и в не на что это как по но из у за от так же для бы вы мы он она они если или когда только "
        "уже еще ещё есть был было была быть нет да мне меня вас вам ваш ваша спасибо здравствуйте "
        "привет пожалуйста добрый день почему можно нужно очень после до при чтобы"
    ),
    "uk": (
        "і й в у не на що це як по але з за від так же для би ви ми він вона вони якщо або коли "
        "тільки вже ще є був було була бути немає ні мені мене вас вам ваш ваша дякую вітаю привіт "
        "будь ласка добрий день чому можна треба потрібно дуже після до при щоб та"
    ),
    "be": (
        "і ў у не на што гэта як па але з за ад так жа для бы вы мы ён яна яны калі або толькі ужо "
        "яшчэ ёсць быў было была быць няма мне мяне вас вам дзякуй вітаю прывітанне ласка добры дзень "
        "чаму можна трэба вельмі пасля да каб"
    ),
    "bg": (
        "и в не на че това как по но от за с се да е съм сме сте са ще бъде при или ако когато само "
        "вече още има няма моля благодаря здравейте защо може трябва много след до към ми ни ви го тя "
        "той те който която"
    ),
    "sr": (
        "и у не на да је се за од са су као што ово то али из по ми ви он она они ако или када само "
        "већ још има нема молим хвала здраво зашто може треба врло после до сам смо сте ће"
    ),
}
LATIN: Final[Mapping[str, str]] = {
    "en": (
        "the and of to in is that it for you with on as are this be have from or not by at we can "
        "your will my has but what all was our if an would there do they please thanks hello hi when "
        "how i me no yes any been don't it's i'm still just after"
    ),
    "de": (
        "der die das und ist nicht ich sie mit ein eine zu den von auf für dem des im es wir bitte "
        "auch werden haben kann wie oder aber wenn noch nur bei nach vielen dank hallo mein meine "
        "ihre ihr uns guten tag war sind hat wird mir mich als an aus seit"
    ),
    "fr": (
        "le la les des et est pas je vous que de un une pour dans en sur avec nous mais ce qui votre "
        "merci bonjour mon ma mes plus ne au aux du il elle sont être avoir cette comme ou si été ai "
        "avez j'ai c'est n'est depuis très bien tout fait"
    ),
    "es": (
        "el la los las y es no que de un una para en con por se su lo me mi como pero si del al más "
        "está este esta gracias hola buenos días tengo puedo puede hay muy ya cuando desde usted "
        "ustedes nos he ha fue son estoy favor también"
    ),
    "pt": (
        "o a os as e é não que de um uma para em com por se seu sua me meu minha como mas do da dos "
        "das no na ao mais está este esta obrigado obrigada olá bom dia tenho posso pode há muito já "
        "quando desde você vocês nos foi são estou favor também isso"
    ),
    "it": (
        "il lo la i gli le e è non che di un una per in con su mi mio mia come ma se del della dei al "
        "alla più questo questa grazie ciao buongiorno ho posso può molto già quando da voi lei ci "
        "sono ha stato anche nel perché cosa hanno siamo dopo vostra"
    ),
    "nl": (
        "de het een en van is niet ik dat in te op met voor zijn er aan om ook maar als wij jullie u "
        "uw mijn naar bij kan kunnen heb heeft dank bedankt hallo goedemorgen graag wel nog dit deze "
        "wordt werkt ons hoe geen al wat over ben"
    ),
    "sv": (
        "och att det är en ett som på för med inte jag har till av den om vi ni kan men från så var "
        "mig min mitt hej tack detta när eller ska vill här också mycket inga får er era nu skulle "
        "blev finns"
    ),
    "da": (
        "og at det er en et som på for med ikke jeg har til af den om vi kan men fra så var mig min "
        "mit hej tak dette når eller skal vil her også meget ingen får jer jeres nu ville blev findes "
        "hvad hvordan efter kære venlig hilsen"
    ),
    "no": (
        "og at det er en et som på for med ikke jeg har til av den om vi kan men fra så var meg min "
        "mitt hei takk dette når eller skal vil her også mye ingen får dere deres nå ville ble finnes "
        "hva hvordan etter kjære vennlig hilsen"
    ),
    "fi": (
        "ja on ei se että en olen mutta kun niin ovat oli voi jos myös tai minun minä te teidän "
        "kiitos hei moi hyvää päivää miten mitä tämä tämän saa kanssa vielä jo vain nyt sitten ole "
        "onko voin voisitteko terveisin olisi kuitenkin mikä joka"
    ),
    "pl": (
        "i w nie na że się z do jest to jak po ale o za od dla czy być mam mi mnie pan pani państwo "
        "proszę dziękuję dzień dobry witam cześć ma są był było tylko już jeszcze przez przy może "
        "można lub jeśli gdy bardzo który która mój moja"
    ),
    "cs": (
        "a v na se že je to jak po ale s z do za od pro by být mám mi mě prosím děkuji děkuju dobrý "
        "den ahoj není jsou byl bylo jen už ještě přes při může nebo pokud když velmi který která můj "
        "moje jsem jsme jste co tak již mohu"
    ),
    "sk": (
        "a v na sa že je to ako po ale s z do za od pre by byť mám mi ma prosím ďakujem dobrý deň "
        "ahoj nie sú bol bolo len už ešte cez pri môže alebo ak keď veľmi ktorý ktorá môj moje som "
        "sme ste čo tak môžem"
    ),
    "tr": (
        "ve bir bu için ile da de çok ne gibi daha ama olarak var yok ben siz sizin benim nasıl "
        "lütfen teşekkürler teşekkür ederim merhaba iyi günler değil mi kadar sonra önce olan her şey "
        "ya ki rica ediyorum bana size neden hala"
    ),
    "hu": (
        "a az és nem hogy is egy van de ez meg már csak ha mint volt köszönöm üdvözlettel kedves jó "
        "napot tisztelt kérem lehet nekem ön én vagy mert még nincs szia azt ezt amit hogyan miért "
        "után"
    ),
    "ro": (
        "și si în nu de la cu pe un o este sunt pentru că din mai dar dacă sau am ai are vă rog "
        "mulțumesc bună ziua salut acest această cum ce când fost foarte îmi mea meu dumneavoastră "
        "după"
    ),
    "hr": (
        "i u je na se da su za ne od sam ali s iz kao što to ako ili kada samo već još ima nema molim "
        "hvala dobar dan pozdrav zašto može treba vrlo nakon do smo ste će mi vas moj moja nije kako"
    ),
    "id": (
        "yang dan di ini itu dengan untuk tidak dari saya anda kami ada ke pada akan bisa sudah "
        "terima kasih selamat mohon apa juga atau karena belum dalam bagaimana adalah halo tolong"
    ),
    "vi": (
        "và của là tôi không có cho được này các với một bạn trong đã khi để xin cảm ơn chào vui lòng "
        "như những người vì đến hay anh chị em bị từ"
    ),
}
