"""English words that look like a signal and are none: found around it, or within it. Data only."""

# ruff: noqa: E501  a pattern stands on one line

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

UNLESS: Final[Mapping[str, str]] = {
    "urgency": """
        urgent care|room|department|team|queue|field|checkbox|flag|filter|priority_field|tag|label|category
        as urgent
        emergency contact|contacts|exit|number|room|services|department|phone|landing|fund|access_code
        priority|urgency field|level|dropdown|matrix|column|list|queue|setting|settings|boarding|pass|mail
        high priority queue|tickets_report|filter|list|field
        critical mass|thinking|path|section|acclaim
        whenever you|it
        thanks|thank|appreciate*|grateful|love|for .. quick|prompt|swift|immediate
        no rush|hurry|urgency|urgent
        in .. next|an hour meeting|call
        deadline was|passed|extended|has_been_moved|field|column
        less|low urgent|urgency
        """,
    "churn": """
        cancel|close|end|delete .. order|meeting|appointment|call|button|dialog|window|tab|popup|booking|reservation|invoice|job|ticket|event|flight|test|request
        churn rate|report|dashboard|analysis|model|prediction|metric|data|cohort
        switch|switching to .. dark|light|tab|view|mode|another_tab|account|browser|language|user|branch|page
        customer|customers|user|users|client|clients|their|his|her cancel*|subscription
        move|moving|migrate|migrating to .. new_server|cloud|production|folder|staging|plan|your|annual|yearly|enterprise|premium|higher
        """,
    "escalation_request": """
        escalation policy|policies|rule|rules|matrix|path|workflow|report|feature|settings|process_in_jira|email_template
        escalat* privileg*|permission*
        privilege escalation
        escalat* .. automatically|costs|price|prices
        password|task|project|product|account|file|package|download|session|device|window|store|fleet|content|inventory|key manager
        no need .. escalate|manager
        """,
    "production_down": """
        let|lets|letting .. down
        down arrow|time|load|side|grade|payment|stream|scroll|key|button|menu|the
        drop|pull|scroll|page|break|slow|narrow|write|cut|step|turn|sit|count|scale|boil|settle|tie|calm|nail down
        planned|scheduled|maintenance downtime|outage|maintenance
        production of|manager|company|line_item|cost|costs|schedule|planning|order|run|quality|capacity|code|data|database_name
        outage report|page|map|notification|notifications|credit|history|simulation|drill
        in case|event of
        shut|shutting down
        """,
    "follow_up": """
        follow|following the|these|this|those|instructions|steps|link|guide|your
        follow up|on appointment|visit|survey|task|field|date
        software|security|windows|firmware|system|app|driver update|updates
        update|updates of|to version|button|the
        ping command|time|times|timeout|test|request|results|google|the
        status|update code|page|bar|field|column|line|message
        hold|putting .. on
        """,
    "frustration": """
        no frustration|disappointment
        not|never|wasn't|isn't|aren't disappointed|frustrated|annoyed|angry|upset
        frustration free
        """,
    "confusion": """
        no confusion
        sorry for the? confusion
        avoid|prevent any|further? confusion
        """,
    "gratitude": """
        thanks|thank|thx you? in advance
        thanks|thank you? for nothing
        thanks|thank you? for your|the|any? help|time|attention|patience|understanding|consideration in|and|on
        no thanks|thank
        thank god|goodness|heavens|you_page
        thanks to your|this|the|that|bug|error
        thanks .. for wasting|ruining|ignoring|losing|cancelling|canceling|hanging|leaving|breaking
        so much for
        would|could|if|will|not|wouldn't|i'd|we'd .. appreciate|appreciated|grateful|helpful
        """,
    "closure": """
        not|never|still|isn't|isnt|wasn't|hasn't|hasnt|haven't|until|once|when|if|unless|before|why|after|how|don't|dont|doesn't|doesnt|nothing|nor|will|should|would|didn't|didnt|did|does|need|must|until|keep|cannot|can't|has_to|needs_to .. closed|resolved|solved|fixed|sorted|close|resolve|works|working|worked|work|good
        close|closed .. window|tab|button|dialog|browser|popup|app|account|deal
        works .. except|but
        fixed price|rate|cost|income|width|amount|size|fee|asset|assets|term
        worked|working with|on|at|from|hard|as|hours|days|day|order|for
        when|until|if|how .. working
        not all good
        """,
}
