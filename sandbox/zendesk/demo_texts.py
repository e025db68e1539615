"""What the demo's customers and agents write, in seven languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Story:
    """One kind of problem: how it begins and how the talk goes on, customer and agent in turn."""

    language: str
    area: str
    subject: str
    opening: str
    turns: tuple[str, ...]
    note: str
    steps: str
    impact: str


STORIES = (
    Story(
        "en-US",
        "product_checkout",
        "Checkout fails with error {code} after applying a voucher",
        "<p>Hello,</p><p>since {when} our shoppers cannot pay once a voucher is applied. What we "
        "see:</p><ol><li>Add any item to the basket</li><li>Apply voucher <code>SPRING{n}</code></li>"
        "<li>Press <b>Pay now</b></li></ol><p>The page shows <i>error {code}</i>. The browser says:</p>"
        '<pre>POST /api/payments 500\n{{"error": "discount_total mismatch", "order": {n}}}</pre>'
        "<p>About {users} customers are affected &amp; we lose orders every minute.</p>",
        (
            (
                "<p>Thank you for the clear report. I can reproduce it in a test shop and have asked our "
                "engineers to look.</p><p>Until then: does removing the voucher let the order through?</p>"
            ),
            (
                "<p>Yes, without the voucher it works. That is no option for us though, the campaign is on "
                "every poster in town &#128556;</p>"
            ),
            "<p>Understood. I will keep you posted here, next update <strong>today by 17:00</strong>.</p>",
            (
                "<p>It is still failing. Here is what support calls cost us per hour:</p><table><thead><tr>"
                "<th>Hour</th><th>Calls</th></tr></thead><tbody><tr><td>09:00</td><td>41</td></tr><tr><td>"
                "10:00</td><td>67</td></tr></tbody></table>"
            ),
        ),
        "Looks like the rounding of percentage discounts. Same stack trace as last month, order {n}.",
        "1. Add any item to the basket\n2. Apply voucher SPRING{n}\n3. Press Pay now\n=> error {code}",
        "Every order with a voucher fails; the campaign runs until Sunday.",
    ),
    Story(
        "en-US",
        "product_api",
        "Export endpoint returns {code} for accounts with more than {n} records",
        "<p>Hi team,</p><p>our nightly job calls <code>GET /v1/export?page_size=5000</code> and since "
        "{when} gets a {code} on the third page:</p><pre>curl -s https://api.example.com/v1/export?page=3 \\\n"  # noqa: E501
        '  -H \'Authorization: Bearer …\'\n{{"message": "upstream timed out", "request_id": "r-{n}"}}'
        '</pre><p>Smaller pages work. See <a href="https://status.example.com/incidents/{n}">the status '
        "page</a>, which claims all is well.</p>",
        (
            "<p>Thanks! A page size of 1000 should get you through tonight's run. Can you confirm?</p>",
            "<p>Confirmed, 1000 works, but the job now takes 5 hours instead of one.</p>",
            "<p>That is good to know. Engineering has found the slow query; a fix is being reviewed.</p>",
        ),
        "request_id r-{n}: query plan flips above 50k rows. Raise with the data team.",
        "GET /v1/export?page_size=5000, follow to page 3 on an account above {n} records",
        "Their finance close depends on the nightly export; it now finishes after office hours start.",
    ),
    Story(
        "en-US",
        "product_mobile",
        "App closes itself when a push notification is opened",
        "<p>Every time I open a notification the app closes. iPhone 15, iOS 19.1, app 7.4.{n}.</p>"
        "<ul><li>reinstalled it: same</li><li>other phone in the team: same</li><li>Android colleague: "
        "fine</li></ul>",
        (
            (
                "<p>Sorry about that! Could you send the crash report from Settings &gt; Privacy &gt; "
                "Analytics?</p>"
            ),
            "<p>Attached. It happened 4 times this morning alone.</p>",
            "<p>Got it, thank you. Version 7.5 brings the fix, it is in review with Apple.</p>",
        ),
        "Crash in NotificationRouter.open, nil deep link. Fixed on main, needs a back-port to 7.4.",
        "1. Receive a push for an order\n2. Lock the phone\n3. Open it from the lock screen",
        "Field staff ({users} people) cannot open their jobs from notifications.",
    ),
    Story(
        "en-US",
        "product_reporting",
        "Dashboard total differs from the monthly report by {n} EUR",
        "<p>Good morning,</p><p>the dashboard says <b>{n},812.40 EUR</b> for last month, the PDF report "
        "<b>{n},112.40 EUR</b>. Our auditors are here on Thursday and we need one number.</p><blockquote>"
        "Totals are computed in the account's time zone.</blockquote><p>...says your help page. Ours is "
        "set correctly (Europe/Berlin).</p>",
        (
            (
                "<p>The difference is exactly one day of refunds, so a time zone boundary is likely. I am "
                "checking with the reporting team.</p>"
            ),
            "<p>Please hurry, the audit starts in two days.</p>",
        ),
        "PDF job still runs in UTC. Promised an answer before their audit on Thursday.",
        "Compare dashboard and PDF report for any month with refunds on its last day",
        "Audit on Thursday; figures that do not agree mean a qualified opinion.",
    ),
    Story(
        "de",
        "product_billing",
        "Rechnung {n} weist falsche Mehrwertsteuer aus",
        "<p>Guten Tag,</p><p>auf unserer Rechnung <b>{n}</b> stehen 19&nbsp;% statt 7&nbsp;% "
        "Mehrwertsteuer. Bitte korrigieren Sie das, unsere Buchhaltung kann den Monat so nicht "
        "abschließen.</p><p>Mit freundlichen Grüßen</p>",
        (
            (
                "<p>Guten Tag, vielen Dank für den Hinweis. Ich habe die Rechnung storniert und lasse sie neu "  # noqa: E501
                "ausstellen.</p>"
            ),
            (
                "<p>Danke, aber auch die neue Rechnung weist 19&nbsp;% aus. Es betrifft offenbar alle "
                "Buchprodukte.</p>"
            ),
            (
                "<p>Sie haben recht, der Steuersatz der Produktgruppe ist falsch hinterlegt. Die Technik ist "
                "dran.</p>"
            ),
        ),
        "Steuerschlüssel der Warengruppe 4711 seit dem letzten Release auf Standard. Betrifft {users} Kunden.",  # noqa: E501
        "1. Artikel der Warengruppe Bücher bestellen\n2. Rechnung erzeugen\n3. Steuersatz prüfen",
        "Monatsabschluss verzögert sich; Rechnungen müssen von Hand korrigiert werden.",
    ),
    Story(
        "de",
        "product_checkout",
        "Zahlung per Lastschrift schlägt seit {when} fehl",
        "<p>Hallo Support,</p><p>unsere Kunden erhalten bei Lastschrift die Meldung <code>ERR-{code}</code>."
        " Kreditkarte geht. Betroffen sind etwa {users} Kunden.</p>",
        (
            "<p>Hallo, wir sehen die Fehler auch bei uns und haben das Thema an die Entwicklung gegeben.</p>",
            "<p>Gibt es eine Umgehung? Wir verlieren gerade viel Umsatz.</p>",
            "<p>Vorübergehend können Sie Lastschrift ausblenden: Einstellungen &rarr; Zahlarten.</p>",
        ),
        "SEPA-Dienstleister hat das Zertifikat gewechselt, unsere Kette kennt es nicht.",
        "1. Warenkorb füllen\n2. Lastschrift wählen\n3. Bezahlen => ERR-{code}",
        "Rund ein Drittel aller Bestellungen läuft über Lastschrift.",
    ),
    Story(
        "fr",
        "product_mobile",
        "L'application reste bloquée sur l'écran de connexion",
        "<p>Bonjour,</p><p>depuis {when}, l'application reste bloquée après la saisie du code SMS. "
        "Nous avons {users} techniciens sur le terrain qui ne peuvent plus travailler&nbsp;!</p>",
        (
            "<p>Bonjour, merci pour votre message. Quelle version de l'application utilisez-vous&nbsp;?</p>",
            "<p>La version 7.4.{n}, sur des Samsung A54. Sur le site web, tout fonctionne.</p>",
            "<p>Merci, c'est bien un défaut de cette version. Une correction est en cours.</p>",
        ),
        "Même cause que le ticket Android de la semaine dernière : jeton expiré avant le retour du SMS.",
        "1. Ouvrir l'application 7.4.{n}\n2. Saisir le code SMS\n3. L'écran reste figé",
        "Les techniciens rappellent le standard pour chaque intervention.",
    ),
    Story(
        "fr",
        "product_reporting",
        "Export CSV : les accents sont illisibles",
        "<p>Bonjour, dans l'export CSV «&nbsp;François&nbsp;» devient «&nbsp;FranÃ§ois&nbsp;». Pouvez-vous "
        "corriger l'encodage&nbsp;? Fichier joint.</p>",
        (
            (
                "<p>Bonjour, vous pouvez importer le fichier en UTF-8 dans Excel (Données &gt; À partir d'un "
                "fichier texte).</p>"
            ),
            "<p>Cela fonctionne, merci. Un réglage par défaut serait mieux.</p>",
        ),
        "Il manque le BOM. Facile, mais touche tous les exports.",
        "Exporter une liste de clients avec accents, ouvrir dans Excel",
        "Retraitement manuel de {n} lignes par semaine.",
    ),
    Story(
        "ru",
        "product_api",
        "Вебхуки приходят с опозданием на {n} минут",
        "<p>Здравствуйте!</p><p>С {when} вебхуки о заказах приходят с задержкой до {n} минут, часть "
        "дважды. Склад отгружает товар с опозданием.</p><p>Пример: <code>evt_{n}</code>.</p>",
        (
            "<p>Здравствуйте! Видим очередь на нашей стороне, разбираемся. Напишем сегодня до вечера.</p>",
            "<p>Очень ждём. Клиенты жалуются, мы уже выплачиваем компенсации.</p>",
            "<p>Очередь разобрана, задержка сейчас меньше минуты. Причину ещё ищем.</p>",
        ),
        "Очередь events-eu встала из-за одного потребителя. Дубли из-за повторных попыток без ключа.",
        "Создать заказ и сравнить время события evt_{n} с временем доставки",
        "Склад отгружает с опозданием, компенсации клиентам.",
    ),
    Story(
        "uk",
        "product_billing",
        "Не проходить оплата карткою, помилка {code}",
        "<p>Добрий день!</p><p>Під час оплати підписки отримуємо помилку <b>{code}</b>. Картка робоча, "
        "перевірили в банку. Доступ закінчується завтра, а в нас {users} користувачів.</p>",
        (
            (
                "<p>Добрий день! Ми продовжили ваш доступ на 7 днів, щоб ви могли працювати. Перевіряємо "
                "платіжний шлюз.</p>"
            ),
            "<p>Дякуємо! Чекаємо на новини.</p>",
            "<p>Проблема в перевірці 3-D Secure для українських банків, команда вже виправляє.</p>",
        ),
        "3DS: шлюз відкидає відповідь без поля eci. Обіцяли відповідь до п'ятниці.",
        "1. Відкрити підписку\n2. Сплатити карткою українського банку\n3. Помилка {code}",
        "Без оплати доступ закриється для всієї команди.",
    ),
    Story(
        "es",
        "product_checkout",
        "El carrito se vacía al iniciar sesión",
        "<p>Hola:</p><p>cuando un cliente inicia sesión con productos en el carrito, este se vacía. "
        "Empezó {when}. Ya tenemos {users} quejas.</p>",
        (
            "<p>Hola, gracias por avisar. ¿Ocurre también en una ventana privada?</p>",
            "<p>Sí, en todos los navegadores. Adjunto una captura.</p>",
            "<p>Lo hemos reproducido. Pasamos el caso a ingeniería y les informaremos.</p>",
        ),
        "La sesión anónima no se fusiona desde el cambio de cookies. Afecta a todas las tiendas.",
        "1. Añadir un producto sin sesión\n2. Iniciar sesión\n3. El carrito está vacío",
        "Abandono de compra muy alto; campaña de Navidad en marcha.",
    ),
    Story(
        "ja",
        "product_reporting",
        "月次レポートの集計が{n}件ずれています",
        "<p>お世話になっております。</p><p>月次レポートの件数が管理画面と{n}件ずれています。{when}から"
        "発生しています。監査があるため、至急ご確認をお願いいたします。</p>",
        (
            "<p>ご連絡ありがとうございます。状況を確認しております。本日中にご報告いたします。</p>",
            "<p>よろしくお願いいたします。影響を受けている利用者は{users}名です。</p>",
            "<p>原因はタイムゾーンの扱いでした。開発部門で修正中です。</p>",
        ),
        "JSTの日付境界でバッチがUTCの日付を使用。既知の不具合に似ています。",
        "1. 月次レポートを出力\n2. 管理画面の件数と比較",
        "監査資料の提出期限に間に合わない恐れがあります。",
    ),
)

CHATTER = (
    ("<p>Any news on this?</p>", "<p>Not yet, the fix is still being tested.</p>"),
    (
        "<p>Our management asks for a date. Please give us something to hold on to.</p>",
        "<p>I understand. The current plan is the release at the end of the week.</p>",
    ),
    (
        "<p>We found one more case, see order 88{n}.</p>",
        "<p>Thank you, I have added it to the report.</p>",
    ),
    (
        "<p>Today it happened again, twice, at 09:12 and 09:40.</p>",
        "<p>Noted. Engineering confirmed that both belong to the same cause.</p>",
    ),
    ("<p>Is it safe to keep using the workaround over the weekend?</p>", "<p>Yes, it is.</p>"),
    (
        "<p>Your colleague on the phone said it is fixed. It is <b>not</b>.</p>",
        "<p>I am sorry for the confusion. That was about another problem.</p>",
    ),
)

QUESTIONS = (
    (
        "en-US",
        "How do I add a user to our account?",
        "<p>We have a new colleague. Where do I add her?</p>",
    ),
    ("en-US", "Question about your price list", "<p>Is there a discount for schools?</p>"),
    (
        "en-US",
        "Please change our billing address",
        "<p>We moved to Hafenstraße 12, 20457 Hamburg.</p>",
    ),
    ("de", "Wie ändere ich mein Passwort?", "<p>Ich finde die Einstellung nicht. Danke!</p>"),
    ("de", "Kündigung zum Monatsende", "<p>Bitte bestätigen Sie uns die Kündigung.</p>"),
    ("fr", "Demande de facture", "<p>Pouvez-vous m'envoyer la facture de mars&nbsp;?</p>"),
    ("ru", "Вопрос по тарифу", "<p>Можно ли сменить тариф в середине месяца?</p>"),
    ("uk", "Як змінити мову інтерфейсу?", "<p>Не можу знайти налаштування мови.</p>"),
    ("es", "¿Cómo exporto mis datos?", "<p>Necesito un archivo con todos los pedidos.</p>"),
    ("ja", "請求書の再発行について", "<p>先月分の請求書を再発行していただけますか。</p>"),
)

SOLVED = {
    "en-US": "<p>This is done. Please write again if anything else comes up.</p>",
    "de": "<p>Das ist erledigt. Melden Sie sich gern wieder.</p>",
    "fr": "<p>C'est fait. N'hésitez pas à revenir vers nous.</p>",
    "ru": "<p>Готово. Пишите, если появятся вопросы.</p>",
    "uk": "<p>Готово. Пишіть, якщо виникнуть запитання.</p>",
    "es": "<p>Hecho. Escríbanos si necesita algo más.</p>",
    "ja": "<p>対応が完了しました。またご連絡ください。</p>",
}

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
