"""English ways to say how the work goes: down, asked again, not understood, thanked, done. Data only."""

# ruff: noqa: E501  a pattern stands on one line

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SURE, LIKELY = 0.9, 0.6

PATTERNS: Final[Mapping[str, Mapping[float, str]]] = {
    "production_down": {
        SURE: """
            shop|eshop|e shop? is|are|went completely|totally? offline|down
            production|assembly|the line|lines has|have|is|are stopped|down|stopping|standing|halted
            checkout|login|logins|payment|payments|portal|dashboard|webshop|network|vpn|gateway|backend|instance|tenant|email|phones is|are|has_been|have_been|went completely|totally|now|currently|still|all? down|offline|unreachable|unavailable
            no customer|customers|user|users|client|clients|employee|order|orders can|could|is|are .. log|login|order|pay|place|work|access|connect|through|able
            all|every|none_of our|the|my? stores|users|customers|shops|offices|sites|locations|employees|branches are|is unable|not_able|blocked|down|offline|locked_out
            production|prod|live|entire|whole|complete|our|the|my|your|all|main system|environment|site|website|server|servers|cluster|platform|service|services|database|db|api|app|application|store|shop|systems|network? is|are|went|has_been|been|gone|still|goes|remains|was completely|totally|now|all|currently|still|fully|again? down|offline|unreachable|inaccessible|unavailable
            production|prod is|went|has|are|down|still|been been|gone|now|completely|totally|again? down|offline|outage|stopped|stuck|unavailable|unusable|dead|halted|blocked
            production down|outage|halted|stopped
            prod down|outage
            everything|website|site|server|service|system|systems|platform|api|app|database is|are|has|went|still|just|completely|totally|all? gone|been|now|completely|totally|still|all? down|offline|unreachable|inaccessible
            complete|total|full|major|massive|nationwide|global|ongoing|widespread outage|downtime|blackout|standstill|failure
            we|are having|experiencing|have|facing|seeing an? outage|downtime
            outage .. production|all|customers|users|entire|whole|since
            down for everyone|all|everybody|our|the|hours|over|more|days
            all|none|no|every|entire of? our|the|my? users|customers|clients|employees|staff|team|office|company can|are|is|able|cannot|can't|cant|not|unable|locked .. log|login|access|work|use|connect|order|pay|out|see|reach
            nobody|no_one|noone|none_of_us in|at|from? our|the|my? company|office|team|here|department? can|could|is_able_to .. log|login|access|work|use|connect|order|pay|sign|reach|do
            nobody|no_one able to .. work|log|login|access
            entire|whole|all company|team|office|business|warehouse|plant|factory|operation|operations|store|department is|are|at|has|cannot|can't .. standstill|down|stopped|halted|blocked|idle|work|paraly*|stuck|offline|access|log
            business|operations|work|production|everything|sales|we .. at|to|come .. standstill|halt
            completely|totally|fully|entirely down|offline|unusable|inaccessible|unreachable
            cannot|can't|cant|unable take|process|ship|accept|to .. orders|payments|shipments .. at_all|anymore|any
            all|our|every .. orders|payments|transactions .. are|is|have failing|stopped|blocked|down|rejected
            data loss|lost|gone|disappeared|wiped .. production|all|customers?
            all .. data .. gone|lost|disappeared|vanished|deleted
            server|servers|site|website|service|system|platform|cluster|database is|are|has|keeps|just|have crash*|crashing .. production|completely|everyone|all|again
            down again
            """,
        LIKELY: """
            is|are|went|gone down since|for|again|right_now|this_morning|in
            cannot|can't|cant|unable to? work at_all
            sev1|p1|sev_1 incident|outage
            critical outage|incident
            outage
            """,
    },
    "follow_up": {
        SURE: """
            is there|have_you anything new|else_new|to_report
            sorry to chase|bother|push|nag|insist
            chasing|chase this|up|for|an|my|on
            silent|silence|radio_silence for|since|from .. days|weeks|days|week|you|monday|tuesday|wednesday|thursday|friday|your|then
            has|did|have|is anyone|anybody|someone|somebody .. had|have|taken|take|looked|look|looking|seen|checked|check
            nobody|no_one .. came|come|gotten|got|gets back
            get|have|give .. eta
            any|is there|have|do|got any? update|updates|news|progress|word|luck|feedback|movement|eta|response|reply|timeline .. on|about|regarding|yet|for|please|from|here|this
            any|some update|updates|news|progress|word|eta|timeline|development|developments
            following|follow up|ing on|with|again|regarding|to|about|my|our|this
            checking|check|touching|circling|circle in|back|base .. on|about|regarding|this|with|again|to|if|see|whether
            just checking|following|wondering|pinging|bumping .. in|up|back|if|this|on
            gentle|friendly|kind|quick|polite|second|third|another reminder|ping|nudge|bump|follow
            just|as a reminder
            ping
            bump|bumping this? ticket|thread|up|again
            still waiting|awaiting .. for|on|to|your|a|an|any|hear
            i|we|am|are|have|been|i'm|we're|i've|we've still? waiting for|on .. reply|response|answer|update|feedback|fix|solution|resolution|callback|call|news|days|weeks|week|hours
            still no|not|haven't|havent|hasn't|hasnt|didn't|nothing .. answer|answers|reply|response|update|heard|news|received|word|feedback|solution|fix|resolved|fixed|contacted
            haven't|havent|hasn't|have|did|has|didn't|didnt not? yet|still|even|ever? heard|received|gotten|got|seen|get|receive|hear .. back|anything|answer|reply|response|update|any|from
            not|never yet? heard|received|gotten .. back|anything|answer|reply|response|update|any|from
            no|without|zero|never_any any|further|a? reply|response|answer|update|updates|feedback|news|word so? far|yet|since|from|for|received|in|till|to|at|after|whatsoever|until|again|still
            no one|body .. replied|responded|answered|contacted|called|got_back
            nobody .. replied|responded|answered|contacted|called|got|come back?
            what|what's|whats is? the|my|our? current|latest? status|state|progress|eta|timeline|news
            when|how_soon can|will|should|do|could|is|are|would .. expect|hear|get|have|be .. update|reply|response|answer|fix|resolved|fixed|solution|back|news|from
            status|update|eta of|on|for? my|our|this|the|please? ticket|case|request|issue|order|bug|fix|please
            it's|its|it|its_been has? been|already over|more|almost|nearly|about|than? a|#|two|three|several|many|days|weeks|week|month|few hours|days|weeks|week|months|month|hour|day .. since|and|without|no|still|now|already
            #|two|three|four|five|six|several|many hours|days|weeks|months and|without|later|passed|have|since|ago|already|now still|no|any|nothing|not|with .. reply|answer|response|heard|update|nothing|word|news|no
            did you|anyone|anybody get|have|see|receive|manage|find|look|had .. chance|my|time|message|email|anything|previous|into|out
            have|had you|anyone had|got|seen|found|been|looked|managed|able a|any|the|my|to|at? chance|time|opportunity|into|out|look|find|previous
            was|is there any progress|news|update
            please update|respond|reply|advise me|us|on|asap|to_my|when|status
            keep|kept me|us posted|updated|informed|waiting
            when will|can|is .. fixed|resolved|solved|back|working|ready|available
            get|getting back to me|us
            as i|we asked|requested .. before|earlier|last|previously|already
            """,
        LIKELY: """
            hello|hi|anyone|anybody there|here|home|listening|reading
            anyone|anybody there|reading|here|alive
            waiting for|on your|a|an reply|response|answer|update
            how long .. take|wait|longer|before|until|will|more|is|do
            looking forward .. hearing|reply|response|answer
            """,
    },
    "confusion": {
        SURE: """
            i'm|we're lost
            not|never sure|certain i|we|that follow|understand|get|i_follow|i_understand
            confused|confusing|confusion|baffled|bewildered|puzzled|perplexed
            do|did|does not|still|really|quite|fully understand|get|follow|see .. how|why|what|this|it|that|the|your|which|where|you
            don't|dont|didn't|doesn't|can't|cannot|cant really|quite|still|fully|even|at_all? understand|follow|figure|make|grasp|comprehend .. how|why|what|this|it|that|the|your|out|sense|which|where|you|instructions
            don't|dont|do|not not? really|quite? know|sure .. how|what|where|which .. to|do|you|is|i|we|should|means|it|that
            not|unsure|un sure|clear|quite .. how|what|where|which|if|whether|why|about|on|to
            unsure how|what|where|which|if|whether|why|about
            unclear how|what|where|which|if|whether|why|to|about
            is|are|was|it's|its|very|not|really|totally|completely|instructions unclear|clear .. to|me|us|how|what|which|why
            makes|make|making no sense
            doesn't|didn't|don't|not make|add any? sense|up
            what|not|wait do|does|did|is .. mean|means|meant .. by|that|this
            what do|does|did .. mean
            what am|are i|we supposed|missing|expected|doing .. to|do|here|wrong
            am|are i|we missing something|anything
            i'm|we're|i|am|we|are completely|totally|bit|little|kinda|really lost
            how am|are|is i|we|one supposed to
            contradict*
            makes zero|little sense
            at a loss
            no idea|clue how|what|why|where|which
            can|could|would you|someone|anybody|anyone please? explain|clarify|elaborate
            please|pls|kindly explain|clarify|elaborate
            not following|understanding you|this
            """,
        LIKELY: """
            hard|difficult|tricky to understand|follow|figure
            documentation|docs|instructions|guide|manual .. say|says|said|wrong|outdated|missing|unclear|confus*|not
            """,
    },
    "gratitude": {
        SURE: """
            thank you|u so|very|all|again|for|guys|everyone|team|sir|both|once|kindly|much|indeed
            thanks so|very|a|again|for|guys|everyone|team|all|heaps|loads|tons|million|to|much|very_much|lot|bunch|mate
            thank|thanks you? , all|guys|team|everyone|that|it|this|works|great|now|perfect|problem|issue
            many|huge|big|great|massive|sincere|special|heartfelt|million thanks|thank
            really|very|so|truly|greatly|much|deeply|do|certainly|sincerely appreciate|appreciated|grateful|thankful
            i|we|i'd|we'd appreciate your|the|you|all|how|everything|that|it .. help|support|effort|time|response|assistance|work|patience|quick|prompt|efforts|attention|service
            appreciate your|the|all .. help|support|effort|assistance|work|quick|prompt|efforts|service
            grateful for|to|that
            you|you're|youre guys|all? are? really|so|just? the|a|an? absolute|real|true|such? best|awesome|amazing|star|lifesaver|hero|legend|rockstar|great|life|gem|brilliant|wonderful|fantastic
            you|guys|this rock|rocks
            lifesaver|kudos
            life saver
            saved my|our|the|me|us day|life|weekend|launch|release|time|lot|hours
            made my day|week
            shout|shoutout out? to
            great|excellent|amazing|awesome|fantastic|wonderful|outstanding|superb|brilliant|good|nice|stellar|exceptional|incredible|best|perfect customer? job|work|support|service|help|assistance|response|team
            very|so|really|super|extremely|most|incredibly|always helpful|kind|responsive|professional
            well done
            love the|your|this new? service|support|team|product|feature
            hats off
            thumbs up
            keep up .. work
            credit to
            """,
        LIKELY: """
            thank you|u
            thanks|thx|thanx|tysm|ty
            cheers
            much obliged
            """,
    },
    "closure": {
        SURE: """
            free|happy|fine|okay|ok|go_ahead to|and close
            no need to look|dig|investigate|check|search .. further|more|any|anymore
            you|please|can|could|feel|may|we|i|let's|let|now|free|happy|go|us|now .. close|resolve .. this|the|my|our|it|ticket|case|request|issue|out
            please|kindly|pls close|resolve
            close|closing this|the|my|our|it ticket|case|request|issue|out
            ticket|case|issue|request|it|this|that can|may|could|should now? be closed|resolved|marked
            mark|consider|regard this|it|the|ticket|case|issue .. as? closed|resolved|solved|done
            problem|issue|it|this|that|error|everything|ticket|matter|bug is|has|was|are|been|seems|appears|got|now been|now|to|be|all|finally|already|completely|fully? solved|resolved|fixed|sorted|gone|corrected
            that|this|it|which|your|update|fix|solution|patch|workaround|reinstall*|restart*|instructions fixed|solved|resolved|sorted|worked|helped it|the|my|our|for|perfectly|great|like|thanks|out|everything|us|me
            that|this|it did the trick
            did the trick
            it|everything|that|all|this|now|is|are|login|export|import|app|site|system|and|service works|working|work now|fine|again|perfectly|great|well|correctly|properly|flawlessly|as|like|for_me|smoothly|like_a_charm
            is|are|it's|its|all|everything|now|back|everything's working|running now|fine|again|perfectly|properly|well|correctly|smoothly
            works|working now|again|like_a_charm
            works like a? charm
            all|everything|we're|we|it's|its|is|are good|set|sorted|fine now|here|thanks|again|on
            all good|set|sorted|clear|done
            back to normal
            up and running again|now|thanks|fine
            back up|online and? running|now|again|thanks
            problem|issue|all|now|been|got|finally solved|resolved|fixed|sorted
            no longer .. need|needed|an|a|happening|happens|occurs|issue|problem|seeing|relevant|necessary .. help|assistance|issue|problem|it|support|error
            no further|more help|assistance|action|questions|issues|support needed|required|necessary|from
            nothing else|more|further needed|required|to|from
            found|figured the|it|a|out|my .. solution|fix|issue|problem|cause|out|workaround|mistake|answer
            figured it|that out
            never mind
            nevermind
            can|may|could|please .. ignore|disregard .. this|my|the|it
            please|pls|kindly ignore|disregard
            resolved|solved|fixed , thanks|thank|now|it|by|the|itself
            answers|answered|answer my|our|the question|questions
            that's|thats|that all i|we needed|need
            """,
        LIKELY: """
            works|working perfectly|fine|great|flawlessly
            solved|resolved|fixed now|!|, thanks|thank
            """,
    },
}
