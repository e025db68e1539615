"""
English ways to say frustration, urgency, churn and the wish to escalate, each with how sure it is. Data only.

Words stand in order; `a|b` is either, `word*` a stem, `word?` may be missing, `a_b` two words as one choice,
`..` up to three words between, `#` a number. A denial just before takes the signal away (`not urgent`), unless
it is part of the pattern.
"""

# ruff: noqa: E501  a pattern stands on one line

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SURE, LIKELY = 0.9, 0.6

PATTERNS: Final[Mapping[str, Mapping[float, str]]] = {
    "frustration": {
        SURE: """
            up the wall
            a? slap|insult in|to .. face|customers|customer|us|me|clients
            this|that|it is|was an insult|insulting
            beyond a joke
            let|lets|letting us|me down
            been|feel|feeling let down
            not good enough
            a? waste of .. time|money
            so|very|really|extremely|incredibly|increasingly|quite|beyond|super|getting|pretty|more frustrat*|annoy*|disappoint*|angry|upset|irritat*
            frustrated|disappointed|annoyed|furious|fuming|livid|outraged|enraged|infuriated|appalled|disgusted
            frustration|disappointment|exasperat*
            is|are|this|it's|its|was frustrating|infuriating|ridiculous|outrageous|unacceptable|pathetic|absurd|insane|disgraceful|appalling|horrendous|inexcusable
            absolutely|totally|completely|simply|just|utterly|beyond unacceptable|ridiculous|useless|terrible|awful|horrible|appalling
            unacceptable|ridiculous|inexcusable
            fed up
            sick|tired|sick_and_tired of|with .. this|waiting|your|hearing|having|being|asking|excuses|getting|dealing|repeating|explaining|these|the
            had enough
            enough is enough
            losing|lost|lose my|our|all patience
            patience is|has run*|wearing|thin|gone|over|limit*
            running|ran|run out of patience
            waste|wasting|wasted .. time|day|days|hours|money
            what a joke|disgrace|shame|mess|disaster
            is|are|this|such|absolute|complete|total a an? joke|disgrace|nightmare|disaster|fiasco|farce
            a|total|complete|absolute|utter nightmare|disgrace|fiasco|shambles|disaster
            are you kidding|serious|joking
            you have|got|must to? be? kidding|joking
            how many|much more? times do|must|should|have|will we|i
            for the? umpteenth|hundredth|thousandth|millionth|nth time
            nobody|no_one .. cares|listens|bothers|responds|answers|replies|reads|helps|seems
            do|does|did not care
            don't|dont|doesnt|doesn't you|even|seem|really|to? care|read|listen
            not|never been? helpful
            is|are|you|totally|completely useless|worthless|incompetent
            useless|worthless|pathetic|terrible|horrible|awful|lousy|appalling|abysmal|worst|incompetent|unprofessional .. support|service|response|experience|company|product|team
            worst .. ever|experience|support|service|company
            worst support|service|experience|company|product
            thanks|thank_you for nothing
            pull*|tear* my|our hair
            wtf|ffs
            driving me|us crazy|mad|insane|nuts
            had|have it with
            this|it is|has getting|gone|become beyond|ridiculous|old|joke
            am|are|i'm|we're|im|were so? very|really|extremely|truly|quite|deeply|so? frustrated|disappointed|unhappy|dissatisfied|upset|angry|displeased|annoyed
            extremely|very|deeply|really|so|truly|highly unhappy|dissatisfied|displeased|upset|angry
            going|go|running|run|went .. circles
            run|runaround|running around
            no progress .. weeks|days|week|month|all|whatsoever|since
            makes|make|makes_me my|me blood|sick|angry|furious
            can't|cant|cannot believe .. still|again|this|how|you|nobody|not
            never .. dealt|seen|experienced .. such|so|worse|bad|terrible|poor
            complete|total|utter|absolute|blatant lack of
            third|fourth|fifth|sixth|tenth time .. this|asking|reporting|report|writing|i|we|it
            asked|told|explained|happens|happening|asking|explaining|repeating|failing|fails .. again and again
            over and over .. again?
            still not|isnt|isn't .. fixed|resolved|solved|working .. after|for|weeks|days|month*
            """,
        LIKELY: """
            not acceptable|happy|satisfied|pleased|impressed|amused|good_enough
            unhappy|dissatisfied|displeased
            keeps|keep happening|failing|breaking|crashing|coming back?
            yet again
            once again .. not|no|fail*|down|broke*|crash*|wrong|same
            same .. problem|issue|error|question .. again|over|twice|third
            nothing .. changed|happened|happens|done
            very|so|too|terribly|extremely|far_too poor|bad|disappointing|unprofessional|slow|long .. service|support|response|quality|experience|time
            let us|me down
            annoying|irritating|disappointing|infuriating|maddening
            i already told|said|explained|sent|answered|provided
            as i|we already|have said|told|explained|wrote|mentioned|stated
            canned|copy|scripted|generic|automated paste? response|answer|reply|replies|answers|responses
            ridiculous|absurd|outrageous
            """,
    },
    "urgency": {
        SURE: """
            has|have|must|needs|need to? be .. sorted|fixed|resolved|solved|done|working|ready .. today|tonight|tomorrow|now|before|this_week
            every|each minute|hour|day .. costs|costing|cost|lose|losing|counts
            look|check|reply|call|fix|do .. right now
            urgent|urgently
            asap|a.s.a.p
            as soon|quickly|fast as possible|humanly
            as soon|quickly|fast as you|u can|could
            top|highest|high|critical|utmost|p1|p0 priority
            time sensitive|critical
            time is .. essence|critical|running
            need* .. immediately|now|today|urgently|tonight|right_now|straight_away|by_today|by_tomorrow|by_tonight|by_eod|by_monday|by_friday
            immediate|prompt|urgent|swift|quick attention|action|response|help|assistance|fix|resolution|reply|solution
            fix|resolve|solve|help|respond|reply|restore|look|address|handle|act .. immediately|urgently|right_now|right_away|straight_away|without_delay|at_once|today|instantly
            can't|cannot|could_not wait any|much|longer|until|till|another|more
            deadline .. today|tomorrow|tonight|hours|hour|is|approaching|looming
            we|i have|got|are|face .. deadline
            before .. deadline
            go|going|goes live today|tomorrow|in|this|on|next|monday|tuesday|wednesday|thursday|friday
            emergency
            critical for|to us|our|me|the
            business|mission|time critical
            sev|severity|p 1|0|one
            sev1|p0|p1
            every minute|hour counts|costs|cost|matters
            losing .. money|revenue|sales|customers|orders|clients
            costing us|me
            drop everything
            without delay
            no time to lose|waste
            need .. today|tonight|tomorrow
            by the? end|close of .. day|today|business
            eod|cob today|please?
            within|in the? next hour|hours|minutes|few_hours
            please hurry
            hurry up
            """,
        LIKELY: """
            at your|the earliest|first convenience|possible
            earliest convenience
            quickly please
            please .. quickly|fast|speed|expedite|hurry|priorit*
            expedite
            right away
            prioriti* this|it|my|our
            blocking|blocked|blocker .. us|our|release|work|team|go|launch|all
            is|am|are|completely|totally|fully blocked
            blocker
            very important
            speed .. up
            critical issue|problem|bug|situation|error|incident
            this is critical
            crucial
            """,
    },
    "churn": {
        SURE: """
            will|would|going_to|ready_to|rather|about_to walk|go away|elsewhere
            your|one_of_your|a rival|rivals
            offer|quote|proposal from .. competitor|rival|rivals|competitors|another_vendor
            get|getting out of .. contract|agreement|subscription
            look|looking|search|searching for a|an? another|other|different|new|alternative vendor|vendors|provider|providers|supplier|suppliers|solution|tool|product|system
            jump|jumping|abandon* ship|your|you
            cancel|canceling|cancelling|terminate|terminating|close|closing|end|ending|discontinue|delete our|my|the|this|all? annual|monthly|paid|whole|entire? account|accounts|subscription|subscriptions|contract|membership|plan|license|licence|licenses|licences|agreement|service|services
            cancellation of our|my|the? account|subscription|contract|service|plan
            want|need|like|going|decided|wish|ready|have|forced|plan|planning|about to cancel
            i|we'll|i'll|we|will|we're|i'm cancel|cancelling|canceling .. everything|all|subscription|account|contract|service|and|immediately
            switch|switching|switched|move|moving|moved|migrate|migrating|migrated|go|going|jump|change|changing to|over|away .. competitor|competitors|competition|vendor|provider|alternative|somewhere|elsewhere|another|different
            switch|switching|move|moving|migrate|migrating to|over|away .. provider|vendor|platform|product|supplier|company|carrier|bank|airline|tool|system|service
            look|looking|search|searching|evaluat*|consider*|explor*|compar*|investigat*|review* .. alternatives|alternative|competitors|competitor|competing|other_vendors|other_providers|other_options|other_products|other_tools
            looking|going|go|take|taking|move|moving our|my|the? business? elsewhere
            take|taking|bring our|my|their money|business|custom .. elsewhere|away|somewhere|to
            leaving|leave|quit|quitting|ditch|ditching|dump|dumping your|you|this platform|service|product|company|for|if|unless|behind
            i'm|we're|im|we|am|are leaving|done|out|gone .. you|your|this|for|company|service|platform|with
            done with you|your|this .. company|service|platform|product|guys
            not|won't|wont|never .. renew|renewing|renewal
            don't|dont|do|will|would not? plan|intend|want|going to renew|continue|stay
            reconsider*|rethink*|re|review* consider*|evaluat*|think*? our|this|the|my .. contract|subscription|renewal|relationship|partnership|agreement|vendor|choice
            lose|losing|lost us|me|our|my as|business .. customer|client|entirely?
            lost|losing|lose a|another .. customer|client|passenger|user
            end|ending|terminate|sever our|the|this relationship|partnership|cooperation
            want|need|demand|request|give|like|get .. money back
            want|demand|request|expect a|full|my|our? full? refund
            never .. use|using|buy|buying|order|ordering|fly|flying|shop|bank|stay|come|coming|renew .. again|business|back
            last time .. use|buy|order|fly|shop
            port|porting my|our? number out|away|to
            export .. data .. leave|leaving|move
            not worth .. paying|renewing|renewal
            stop|stopping paying|using your|this|for
            competitors|competitor .. do|does|offers|offer|can|already|handle*|cheaper|better|instead
            your|a|the competitor|competitors
            considering leaving|switching|moving|cancelling|canceling|terminating|going
            thinking of|about leaving|switching|moving|cancelling|canceling|terminating|going
            tempted to leave|switch|cancel|move
            deactivate|unsubscribe .. account|subscription|everything
            """,
        LIKELY: """
            how can|do|to|would i|we? go? cancel our|my|the account|subscription|contract|plan|membership
            alternative|alternatives to your|this
            early termination
            termination clause|fee|notice
            not be back|returning
            churn
            refund .. our|my|the .. subscription|contract|license|plan
            """,
    },
    "escalation_request": {
        SURE: """
            speak|talk|connect|put .. whoever|person|someone|somebody .. in_charge|responsible|authority
            demand|want|insist|expect .. director|manager|ceo|vp|head|supervisor .. calls|call|contacts|contact|writes|reply|replies
            raise|raised|raising|bring|brought|take|taken .. with|to|up .. leadership|management|manager|executive*|director*
            hand|pass|forward|transfer|move|route .. to .. tier|level|second_line|engineering|senior
            someone|somebody|anyone who can actually|really
            tier|level 2|3|two|three please|now|asap|support|engineer
            escalat* this|it|my|our|the|to|immediately|further|please|up|now|asap|case|ticket|issue|matter|request
            please|kindly|pls|must|need|want|like|request|asking|demand|could|can|have|should|will .. escalate|escalated|escalation|escalating
            formal|official escalation|complaint
            file|filing|lodge|lodging|submit|raise|raising|make a|an|formal|official .. complaint|escalation
            speak|talk|speaking|talking|spoke|connect|connected|put|transfer*|escalate|pass|contact|reach .. manager|supervisor|superior|management|director|executive|ceo|cto|vp|team_lead|boss|head_of
            want|need|demand|request|get|like|bring|involve|give .. your|a|the manager|supervisor|management|director|boss|superior
            your|the manager|supervisor|boss .. call|contact|involved|please|now|attention
            who .. your|the manager|supervisor|boss|superior
            manager|supervisor .. call|contact .. me|us
            involve|loop|include|copy|cc|looping .. management|manager|director|leadership|executive*|vp|ceo|account_manager
            need|want|get|give|have|assign|talk|speak .. senior|higher|l2|l3|second|third|tier .. engineer|level|support|technician|specialist|person|line|developer*
            someone more? senior|higher|competent|above|in_charge
            someone else who|please|handle|take
            higher up|ups|level|authority
            second|third|next|tier|level line|level|2|3 support please|now|asap
            next level|tier of support
            chain of command
            someone who actually|can|knows|really
            legal action
            my|our|contact|contacting|involve|consult*|hear_from .. lawyer|lawyers|attorney|attorneys|solicitor|legal_team|legal_department
            ombudsman|trading_standards|small_claims
            take|taking .. to court|legal|press|media|regulator
            sue you|your|them
            report|reporting you|this .. to .. regulator|authorities|bbb|ftc|cfpb|fca|dot|faa|consumer|authority|police
            write|writing|wrote|written to your|the ceo|cto|management|director|board
            """,
        LIKELY: """
            raise|raising|bring|bringing this|it|the .. with|to|priority .. management|manager|director|leadership|ceo|executive*
            different|another|other agent|engineer|person|representative|rep please|handle|who|to|assigned
            manager|supervisor please
            """,
    },
}
