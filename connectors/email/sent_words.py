"""The words of the lines that mail programs put under a mail ("Sent from my iPhone"). Data only."""

from __future__ import annotations

from typing import Final

SENT_BY: Final = (
    "sent", "get outlook", "get yahoo", "get mail", "download outlook", "download the", "typed",
    "written", "composed", "posted", "from my", "message sent", "this message was sent",
    "this email was sent", "this e-mail was sent", "gesendet", "diese nachricht wurde",
    "diese e-mail wurde", "diese mail wurde", "von meinem", "von unterwegs", "von mobil",
    "holen sie sich", "versendet", "geschickt", "verschickt", "verfasst", "outlook für", "envoyé",
    "envoyée", "envoyé depuis", "télécharger", "obtenez", "obtenir", "ce message a été envoyé",
    "message envoyé", "enviado", "enviada", "obtener", "obtenga", "este mensaje ha sido enviado", "obter",
    "obtenha", "enviat", "inviato", "inviata", "scarica", "ottieni", "verzonden", "verstuurd",
    "outlook voor", "download outlook", "wysłano", "wysłane", "wysłany", "pobierz", "wiadomość wysłana",
    "odesláno", "odeslané", "odesláno z", "získat", "odoslané", "skickat", "skickades", "skaffa", "hämta",
    "sendt", "hent", "få", "lähetetty", "hanki", "gönderildi", "şuradan gönderildi", "gönderdim",
    "отправлено", "отправлена", "отправлен", "послано", "скачать", "получить", "получите",
    "письмо отправлено", "надіслано", "відправлено", "відправлена", "надіслане", "отримайте", "отримати",
    "адпраўлена", "изпратено", "послато", "poslano", "küldve", "elküldve", "trimis", "στάλθηκε", "εστάλη",
    "נשלח", "أرسلت", "مرسل", "تم الإرسال", "ارسال شده", "ส่งจาก", "đã gửi từ", "được gửi từ", "dikirim",
    "送信", "から送信", "发自", "發自", "从我的", "從我的", "來自我的", "来自我的", "寄件自", "나의",
    "내", "saadetud", "išsiųsta", "nosūtīts",
)  # fmt: skip
"""How such a line begins (or, in Japanese, Chinese, Korean and Turkish, what stands anywhere in it)."""

DEVICES: Final = (
    "iphone", "iphon", "ipad", "ipod", "ios", "android", "samsung", "galaxy", "huawei", "xiaomi", "redmi",
    "nokia", "lumia", "htc", "motorola", "oneplus", "pixel", "sony", "xperia", "lg", "alcatel", "honor",
    "oppo", "vivo", "realme", "blackberry", "windows phone", "windows mail", "windows 8", "windows 10",
    "windows 11", "windows", "outlook", "yahoo", "gmail", "aol", "mailbox", "airmail", "proton",
    "protonmail", "tutanota", "tuta", "k-9", "k9", "fairemail", "thunderbird", "mail.ru", "яндекс",
    "yandex", "почт", "spark", "spike", "superhuman", "newton", "mailspring", "boxer", "nine", "bluemail",
    "typeapp", "myMail", "zoho", "gmx", "web.de", "t-online", "freenet", "1&1", "orange", "laposte",
    "sfr", "free mail", "libero", "virgilio", "seznam", "email.cz", "onet", "interia", "wp.pl", "o2",
    "qq", "foxmail", "网易", "163", "netease", "naver", "네이버", "daum", "mobile", "mobil", "mobiele",
    "móvil", "mobilne", "mobilní", "cell", "phone", "smartphone", "telefon", "teléfono", "telefono",
    "telefone", "téléphone", "telefoon", "puhelin", "puhelimesta", "телефон", "смартфон", "мобильн",
    "мобільн", "tablet", "handy", "device", "appareil", "dispositiv", "gerät", "urządzen", "устройств",
    "пристро", "cihaz", "laptop", "computer", "mac", "macbook", "apple watch", "スマートフォン", "携帯",
    "手机", "手機", "휴대폰", "스마트폰", "아이폰", "갤럭시", "app", "mail für", "mail for", "mail pour",
)  # fmt: skip
"""What such a line names: a device, a program or a service."""
