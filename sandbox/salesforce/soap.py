"""SOAP login(), for clients that know nothing else; off unless a setting turns it on."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, unescape

from sandbox.salesforce import people
from sandbox.salesforce.oauth import SignIn
from sandbox.salesforce.wire import Answer
from sandbox.web import Request

PATH = re.compile(r"/services/Soap/([uc])/(\d+)(?:\.0)?(?:/.*)?")
NEWEST = 64
_CREDENTIAL = re.compile(r"<(?:\w+:)?(username|password)>([^<]*)</")
_TYPE = "text/xml;charset=UTF-8"
_OPEN = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
    'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" {more}'
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
)
_CLOSE = "</soapenv:Body></soapenv:Envelope>"


def login(sign_in: SignIn, request: Request) -> Answer:
    """Answer a login; anything else over SOAP is refused."""
    door = PATH.fullmatch(request.path)
    if door is None or int(door[2]) > NEWEST:
        version = door[2] if door else ""
        return _fault("UNSUPPORTED_API_VERSION", f"Invalid Api version specified on URL: {version}")
    if not sign_in.settings["soap_login"]:
        return _fault("INVALID_OPERATION", "SOAP API login() is disabled by default in this org.")
    found = {
        name: unescape(text) for name, text in _CREDENTIAL.findall(request.body.decode(errors="replace"))
    }
    user = sign_in.checked(found.get("username", ""), found.get("password", ""))
    if user is None:
        message = "Invalid username, password, security token; or user locked out."
        return _fault("INVALID_LOGIN", message)
    return _welcome(sign_in, request, door[1], door[2], user)


def _welcome(sign_in: SignIn, request: Request, kind: str, version: str, user: people.User) -> Answer:
    session = sign_in.sessions.open(user.id)
    base, org = sign_in.instance(request), sign_in.org
    space = "urn:partner.soap.sforce.com" if kind == "u" else "urn:enterprise.soap.sforce.com"
    told = {
        "accessibilityMode": "false", "organizationId": org.org_id, "organizationName": org.settings.name,
        "sessionSecondsValid": str(sign_in.settings["session_seconds"]), "userEmail": user.email,
        "userFullName": user.name, "userId": user.id, "userLanguage": "en_US", "userLocale": "en_US",
        "userName": user.username, "userTimeZone": "GMT", "userType": "Standard", "userUiSkin": "Theme3",
    }  # fmt: skip
    info = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in told.items())
    server = f"{base}/services/Soap/{kind}/{version}.0/{org.org_id[:15]}"
    body = (
        f"<loginResponse><result><metadataServerUrl>{base}/services/Soap/m/{version}.0/{org.org_id[:15]}"
        f"</metadataServerUrl><passwordExpired>false</passwordExpired><sandbox>false</sandbox>"
        f"<serverUrl>{server}</serverUrl><sessionId>{session.token}</sessionId><userId>{user.id}</userId>"
        f"<userInfo>{info}</userInfo></result></loginResponse>"
    )
    text = _OPEN.format(more=f'xmlns="{space}" ') + body + _CLOSE
    return Answer(200, raw=(_TYPE, text.encode()))


def _fault(code: str, message: str) -> Answer:
    text = (
        _OPEN.format(more='xmlns:sf="urn:fault.partner.soap.sforce.com" ')
        + f"<soapenv:Fault><faultcode>sf:{code}</faultcode>"
        f"<faultstring>{code}: {escape(message)}</faultstring>"
        f'<detail><sf:LoginFault xsi:type="sf:LoginFault"><sf:exceptionCode>{code}</sf:exceptionCode>'
        f"<sf:exceptionMessage>{escape(message)}</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault>"
        + _CLOSE
    )
    return Answer(500, raw=(_TYPE, text.encode()))
