"""
The words by which old mail is told from new, in the languages that mail programs speak. Data only.

A reply header is recognised by its shape (a date or an address, a colon) plus one of these words, so
that a new wording of a known language mostly needs nothing, and a new language needs one line here.
"""

# ruff: noqa: RUF001  words of many scripts are meant
from __future__ import annotations

from typing import Final

WROTE: Final = (
    "wrote", "writes", "has written", "schrieb", "schrieben", "schreibt", "geschrieben", "a écrit",
    "a ecrit", "écrivait", "écrit", "escribió", "escribio", "ha escrito", "escribe", "escreveu",
    "escribiu", "va escriure", "ha escrit", "ha scritto", "scrisse", "scrive", "schreef", "geschreven",
    "napisał(a)", "napisał", "napisała", "napisał/a", "pisze", "napisali", "napisana przez", "napsal(a)",
    "napsal", "napsala", "píše", "napísal(a)", "napísal", "napísala", "skrev", "skreiv", "skrifaði",
    "kirjoitti", "kirjutas", "yazdı", "şunu yazdı", "şunları yazdı", "написал(а)", "написал", "написала",
    "пишет", "писал", "писал(а)", "писала", "написав(ла)", "написав", "написала", "пише", "писав(ла)",
    "писав", "написав/ла", "напісаў", "піша", "написа", "напиша", "написао", "je napisao", "je napisala",
    "napisao", "napisala", "je napisal", "je napisala", "napisao/la", "napisao/la je", "írta", "ezt írta",
    "a scris", "έγραψε", "rašė", "parašė", "rakstīja", "כתב", "כתבה", "כתב/ה", "כתב(ה)", "كتب", "كتبت",
    "كتابة", "نوشت", "نوشته", "ने लिखा", "लिखा", "เขียน", "เขียนว่า", "đã viết", "viết", "menulis",
    "idatzi zuen", "scríobh", "のメール", "のメッセージ", "書きました", "書いた", "写道", "寫道", "写到",
    "작성", "님이 작성", "썼습니다", "쓴 글", "quoting", "zitat von", "citando a", "citation de",
    "quotato da", "cytat z", "цитата от",
)  # fmt: skip
"""What stands between a name and the colon, or between the date and a name."""

FIRST_PERSON: Final = (
    "i", "ich", "wir", "we", "j'ai", "je vous", "nous", "yo", "le escribí", "eu", "io", "ho scritto",
    "ik", "jag", "jeg", "minä", "ja", "já", "я", "ми", "мы", "én", "我", "私",
)  # fmt: skip
"""Whoever writes "On Monday at ten I wrote:" tells a story; a mail program does not say "I"."""

FROM: Final = (
    "from", "von", "de", "da", "van", "od", "från", "fra", "lähettäjä", "keneltä", "gönderen", "kimden",
    "от", "от кого", "від", "від кого", "отправитель", "відправник", "ад", "feladó", "de la",
    "expéditeur", "από", "מאת", "من", "از", "จาก", "từ", "dari", "差出人", "送信者", "发件人", "寄件者",
    "寄件人", "보낸 사람", "보낸사람", "saatja", "nuo", "no", "frá", "mittente", "remitente", "remetente",
    "afzender", "absender", "nadawca", "odesílatel", "odesilatel", "отправлено от",
)  # fmt: skip
SENT: Final = (
    "sent", "date", "gesendet", "gesendet am", "datum", "envoyé", "envoyé le", "enviado", "enviado el",
    "enviada em", "enviado em", "enviada", "fecha", "data", "inviato", "data invio", "verzonden",
    "wysłano", "data wysłania", "wysłane", "odesláno", "odoslané", "dátum", "skickat", "sendt", "dato",
    "lähetetty", "päivämäärä", "päiväys", "gönderildi", "gönderilme tarihi", "gönderme tarihi", "tarih",
    "отправлено", "дата", "дата и время", "надіслано", "відправлено", "адпраўлена", "elküldve",
    "küldés dátuma", "trimis", "dată", "poslano", "послато", "изпратено", "στάλθηκε", "ημερομηνία",
    "נשלח", "תאריך", "تاريخ الإرسال", "التاريخ", "تم الإرسال", "ส่ง", "วันที่", "đã gửi", "ngày",
    "dikirim", "tanggal", "送信日時", "日時", "日付", "发送时间", "日期", "时间", "傳送日期", "寄件日期",
    "보낸 날짜", "보낸날짜", "날짜", "time", "отправлен", "saadetud", "išsiųsta", "nosūtīts",
    "message du",
)  # fmt: skip
TO: Final = (
    "to", "an", "à", "a", "para", "aan", "do", "komu", "till", "til", "vastaanottaja", "kenelle", "kime",
    "alıcı", "кому", "кому:", "каму", "до", "címzett", "către", "catre", "prema", "za", "προς", "אל",
    "إلى", "به", "ถึง", "đến", "tới", "kepada", "宛先", "收件人", "收件者", "받는 사람", "받는사람",
    "destinatario", "destinataire", "destinatário", "empfänger", "saaja", "kam", "per", "получатель",
    "одержувач", "pro",
)  # fmt: skip
SUBJECT: Final = (
    "subject", "betreff", "objet", "sujet", "asunto", "assunto", "oggetto", "onderwerp", "temat",
    "předmět", "predmet", "ämne", "emne", "aihe", "konu", "тема", "тэма", "tárgy", "subiect", "θέμα",
    "נושא", "الموضوع", "موضوع", "เรื่อง", "chủ đề", "tiêu đề", "subjek", "perihal", "件名", "主题",
    "主題", "主旨", "제목", "teema", "относно", "efni", "assumpte",
)  # fmt: skip
OTHER_FIELDS: Final = (
    "cc", "bcc", "kopie", "copie", "copia", "cópia", "kopia", "dw", "udw", "kopio", "bilgi", "копия",
    "копія", "másolatot kap", "reply-to", "reply to", "antwort an", "antworten an", "répondre à",
    "risposta", "rispondi a", "responder a", "responder para", "antwoord aan", "svar til", "svara till",
    "ответить", "кому ответить", "抄送", "副本", "참조", "κοιν", "importance", "wichtigkeit", "priority",
    "priorität", "attachments", "anlagen", "pièces jointes", "allegati", "вложения", "organization",
    "organisation", "mailed-by", "when", "where", "x-mailer", "в ответ на", "kopi", "sv", "delivered-to",
    "sender", "添付ファイル",
)  # fmt: skip

ORIGINAL_MESSAGE: Final = (
    "original message", "original-nachricht", "originalnachricht", "ursprüngliche nachricht",
    "ursprüngliche mail", "original e-mail", "message d'origine", "message d’origine", "message original",
    "courriel original", "e-mail d'origine", "e-mail d’origine", "mensaje original", "correo original",
    "mensagem original", "missatge original", "messaggio originale", "messaggio originario",
    "oorspronkelijk bericht", "oorspronkelijke bericht", "origineel bericht", "oryginalna wiadomość",
    "wiadomość oryginalna", "wiadomość pierwotna", "původní zpráva", "pôvodná správa",
    "originální zpráva", "ursprungligt meddelande", "originalmeddelande", "oprindelig meddelelse",
    "original meddelelse", "oprindelig besked", "opprinnelig melding", "original melding",
    "alkuperäinen viesti", "orijinal mesaj", "özgün ileti", "orijinal ileti", "исходное сообщение",
    "исходное письмо", "оригинальное сообщение", "первоначальное сообщение", "оригінальне повідомлення",
    "вихідне повідомлення", "початкове повідомлення", "зыходнае паведамленне", "оригинално съобщение",
    "изходно съобщение", "оригинална порука", "originalna poruka", "izvorna poruka", "izvirno sporočilo",
    "eredeti üzenet", "mesaj original", "mesajul original", "αρχικό μήνυμα", "הודעה מקורית",
    "الرسالة الأصلية", "رسالة أصلية", "پیام اصلی", "ข้อความต้นฉบับ", "thư gốc", "tin nhắn gốc",
    "pesan asli", "元のメッセージ", "オリジナルメッセージ", "原始邮件", "原始郵件", "原邮件",
    "원본 메시지", "원본 메일", "original appointment", "ursprünglicher termin", "reply message",
    "antwort nachricht", "reply to message", "raspunde mesaj", "algne kiri", "originalus laiškas",
)  # fmt: skip

FORWARDED: Final = (
    "forwarded message", "forwarded mail", "forwarded email", "forwarded e-mail", "forwarded by",
    "begin forwarded message", "start forwarded message", "weitergeleitete nachricht",
    "weitergeleitete mail", "anfang der weitergeleiteten nachricht", "anfang der weitergeleiteten e-mail",
    "message transféré", "message réexpédié", "début du message réexpédié", "début du message transféré",
    "mensaje reenviado", "inicio del mensaje reenviado", "inicio del mensaje remitido",
    "mensagem encaminhada", "mensagem reencaminhada", "início da mensagem encaminhada",
    "início da mensagem reencaminhada", "messaggio inoltrato", "inizio messaggio inoltrato",
    "missatge reenviat", "doorgestuurd bericht", "begin doorgestuurd bericht", "doorgestuurde e-mail",
    "przekazana wiadomość", "wiadomość przekazana", "treść przekazanej wiadomości",
    "początek przekazywanej wiadomości", "wiadomość przekazana dalej", "přeposlaná zpráva",
    "předávaná zpráva", "začátek přeposílané zprávy", "preposlaná správa", "vidarebefordrat meddelande",
    "vidarebefordrat brev", "vidarebefordrat mejl", "start på vidarebefordrat meddelande",
    "videresendt meddelelse", "videresendt besked", "start på videresendt besked", "videresendt melding",
    "videresendt e-post", "start på videresendt melding", "edelleenlähetetty viesti", "välitetty viesti",
    "välitetty viesti alkaa", "iletilen mesaj", "iletilmiş ileti", "yönlendirilmiş ileti",
    "yönlendirilen ileti", "iletilen ileti başlangıcı", "пересылаемое сообщение", "пересланное сообщение",
    "перенаправленное сообщение", "пересылаемое письмо", "пересланное письмо",
    "начало переадресованного сообщения", "начало пересылаемого сообщения", "переадресованное сообщение",
    "переслане повідомлення", "перенаправлене повідомлення", "початок листа, що пересилається",
    "початок пересланого повідомлення", "перасланае паведамленне", "препратено съобщение",
    "прослеђена порука", "proslijeđena poruka", "posredovano sporočilo", "továbbított üzenet",
    "továbbított levél", "továbbított üzenet kezdete", "mesaj redirecționat", "mesaj redirectionat",
    "mesaj transmis", "προωθημένο μήνυμα", "הודעה שהועברה", "رسالة معاد توجيهها", "رسالة مُعاد توجيهها",
    "ข้อความที่ส่งต่อ", "thư được chuyển tiếp", "thư đã chuyển tiếp", "pesan terusan",
    "pesan yang diteruskan", "転送されたメッセージ", "転送メッセージ", "転送元のメッセージ", "转发的邮件",
    "转发邮件", "转发邮件信息", "已转发邮件", "轉寄郵件", "轉寄的郵件", "下面是被转发的邮件",
    "以下是轉寄的訊息", "전달된 메시지", "전달된 메일", "edastatud kiri", "persiųstas laiškas",
    "weitergeleitet von", "transmis par", "réexpédié par", "inoltrato da", "reenviado por",
    "doorgestuurd door",
)  # fmt: skip

REPLY_ABOVE: Final = (
    "reply above this line", "type your reply above", "write your reply above", "reply above the line",
    "above this line to reply", "reply above this text", "answer above this line",
    "antworten sie oberhalb dieser linie", "antworten sie über dieser zeile", "oberhalb dieser linie",
    "oberhalb dieser zeile", "über dieser linie antworten", "über dieser zeile antworten",
    "répondre au-dessus de cette ligne", "au-dessus de cette ligne", "responda por encima de esta línea",
    "por encima de esta línea", "encima de esta línea", "acima desta linha", "sopra questa riga",
    "al di sopra di questa riga", "boven deze regel", "boven deze lijn", "powyżej tej linii",
    "powyżej tego wiersza", "nad tímto řádkem", "nad tento řádek", "ovanför den här raden",
    "ovanför denna rad", "over denne linje", "over denne linjen", "over denne linja",
    "tämän rivin yläpuolelle", "bu satırın üzerine", "bu satırın üstüne", "выше этой строки",
    "выше этой линии", "над этой строкой", "над этой чертой", "вище цього рядка", "вище цієї лінії",
    "над цим рядком", "この行より上", "この行の上", "在此行上方", "在此行之上", "이 줄 위에",
    "felett válaszoljon",
)  # fmt: skip
"""The line over which a customer is asked to answer, as help desks write it."""

FOOTERS: Final = (
    "disclaimer", "confidential", "confidentiality", "intended recipient", "intended solely",
    "virus-free", "scanned for viruses", "before printing", "unsubscribe", "privileged", "external email",
    "vertraulich", "virenfrei", "haftungsausschluss", "bevor sie diese", "abmelden", "pflichtangaben",
    "confidentiel", "confidentielle", "sans virus", "destinataire", "désabonner", "avant d'imprimer",
    "confidencial", "libre de virus", "destinatario", "livre de vírus", "destinatário",
    "antes de imprimir", "riservat", "informazioni contenute", "privacy", "vertrouwelijk", "virusvrij",
    "poufn", "důvěrn", "konfidentiell", "fortrolig", "luottamuksel", "gizli", "конфиденциальн",
    "конфіденційн", "отписаться", "без вирусов", "機密", "保密", "机密",
)  # fmt: skip
"""What the small print under a mail speaks of."""
