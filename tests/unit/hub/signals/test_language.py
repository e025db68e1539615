"""The language of a mail is guessed where it is clear, and not where it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.signals.language import guess

TEXTS = {
    "en": "Hello, I cannot log in to my account since yesterday. Please help.",
    "de": "Hallo, ich kann mich seit gestern nicht mehr anmelden. Bitte helfen Sie mir.",
    "fr": "Bonjour, je ne peux plus me connecter à mon compte depuis hier. Merci de votre aide.",
    "es": "Hola, no puedo entrar en mi cuenta desde ayer. ¿Qué puedo hacer? Gracias.",
    "pt": "Olá, não consigo entrar na minha conta desde ontem. Obrigado pela ajuda.",
    "it": "Buongiorno, non riesco ad accedere al mio account da ieri. Grazie.",
    "nl": "Hallo, ik kan sinds gisteren niet meer inloggen op mijn account. Bedankt.",
    "sv": "Hej, jag kan inte logga in på mitt konto sedan igår. Tack för hjälpen.",
    "da": "Hej, jeg kan ikke logge ind på min konto siden i går. Tak for hjælpen.",
    "no": "Hei, jeg får ikke logget inn på kontoen min siden i går. Takk for hjelpen.",
    "fi": "Hei, en voi kirjautua tililleni eilisen jälkeen. Kiitos avusta.",
    "pl": "Dzień dobry, nie mogę się zalogować do konta od wczoraj. Dziękuję.",
    "cs": "Dobrý den, od včerejška se nemohu přihlásit ke svému účtu. Děkuji.",
    "sk": "Dobrý deň, od včera sa nemôžem prihlásiť do svojho účtu. Ďakujem.",
    "hu": "Jó napot, tegnap óta nem tudok belépni a fiókomba. Köszönöm.",
    "ro": "Bună ziua, nu mă pot conecta la contul meu de ieri. Vă mulțumesc.",
    "tr": "Merhaba, dünden beri hesabıma giriş yapamıyorum. Teşekkürler.",
    "vi": "Xin chào, tôi không thể đăng nhập vào tài khoản từ hôm qua. Cảm ơn.",
    "id": "Halo, saya tidak bisa masuk ke akun saya sejak kemarin. Terima kasih.",
    "ru": "Здравствуйте, со вчерашнего дня не могу войти в аккаунт.",
    "uk": "Вітаю, не можу увійти до акаунта з учорашнього дня. Дякую.",
    "be": "Добры дзень, не магу ўвайсці ў акаўнт з учорашняга дня.",
    "bg": "Здравейте, от вчера не мога да вляза в профила си. Благодаря.",
    "el": "Καλημέρα, δεν μπορώ να συνδεθώ από χθες.",
    "he": "שלום, אני לא מצליח להתחבר מאתמול.",
    "ar": "مرحبا، لا أستطيع تسجيل الدخول منذ أمس.",
    "fa": "سلام، از دیروز نمی‌توانم وارد حساب کاربری شوم. چه کنم؟",
    "ja": "昨日からログインできません。よろしくお願いいたします。",
    "zh": "您好，我从昨天开始无法登录账户。",
    "ko": "안녕하세요, 어제부터 로그인이 되지 않습니다.",
    "th": "สวัสดีครับ ผมเข้าสู่ระบบไม่ได้ตั้งแต่เมื่อวาน",
}


@pytest.mark.parametrize("code", TEXTS)
def test_languages(code: str) -> None:
    """Each by one ordinary sentence."""
    assert guess(TEXTS[code]) == code


@pytest.mark.parametrize(
    "text", ["", "ok", "12345", "ERR_9 0x0F", "https://example.com/the/and/of", "Ann Smith"]
)
def test_short_or_unclear_texts_are_not_guessed(text: str) -> None:
    assert guess(text) == ""


def test_quotes_and_addresses_do_not_count() -> None:
    """The old mail may be in our own language."""
    text = "Danke, das ist nicht die Lösung.\n" + "> Please try this and that with the other one.\n" * 9
    assert guess(text) == "de"


@given(st.text())
def test_any_text(text: str) -> None:
    """A code of two letters, or none."""
    assert len(guess(text)) in (0, 2)
