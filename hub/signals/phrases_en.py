"""English phrases that mean something else together than word by word. Data only."""

# ruff: noqa: E501  a phrase stands on one line

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PHRASES: Final[Mapping[float, str]] = {
    0.0: """
        thanks|thank|thx you? in advance
        thank you for your|the time|attention|patience|understanding|consideration
        good morning|afternoon|evening|day|night
        best|kind|warm regards|wishes
        all the best
        how well
        as well|good as?
        no problem|problems|worries|issues|issue|complaints|complaint|trouble|doubt|errors
        not only|just|sure|necessarily
        would|will be|it nice|great|good|awesome|helpful|appreciated|better|cool|amazing|perfect
        would love|like|appreciate to?
        i'd|id love|like|appreciate
        is|are there any? good|better|best|way|ways|nice
        best|better way|practice|practices|option|time|buy
        good question|idea|luck
        like|love to
        looking forward
        hope|hoping you|this|that|all|everything are|is? well|helps
        if|whether .. problem|error|issue|crash*
        lost and found
        right now|away|here|after|before|side|click
        well known
        at the very? least|best|worst
        cheap and
        kind|sort of
        what|which kind|sort
        you're|youre|you are? welcome
        free of
        error|status code|message|log|logs
        fun fact
        on hold until|till
        please|kindly|pls|could|can .. cancel
        safe|secure mode
        not a big? problem|issue
        hard drive|disk|copy|coded|reset
        clean install|up
        worst case
        cold start|storage|email|call
        hot|cold|warm water
        dead line|lock|letter
        block of|list|chain
        wait for|until|till
        no longer|matter
        better than nothing
        miss|missed you|call
        sorry for|to|if|about the|my|your|bother*|delay|trouble|inconvenience|late|confusion|hear
        i'm|im|am sorry
        sorry for .. confusion|delay|inconvenience|trouble|mistake|noise|typo
        will|should|must|can|to|could|would|would_have be? fixed|resolved|solved|sorted|improved|fix|solve|resolve
        old version|versions|one
        small change|question|thing|team|business
        fall|falls under|into
        drop down|off
        so far so good
        """,
    0.6: """
        not bad
        no problem at all
        not too bad|shabby
        works|working fine|now|again|good|ok|okay
        all good|set|clear|sorted
        up and running
        back up|online|to
        fixed|solved|resolved it|the|my|our|now
        much|far|way better|easier|faster
        so far so good
        """,
    1.2: """
        thank|thanks|thx you? so|very much|lot
        thanks|thank you? a? lot|ton|million|bunch|again|everyone|team|all
        thank you
        can't|cant|could not|couldnt|couldn't complain|fault|ask for more|say enough|wait
        couldn't|couldnt|can't|cant be any? happier|better|beat|beaten
        well made|built|designed|worth|written|acted|cooked|seasoned
        made my day|night|week|trip
        go|going|went|gone|goes above and beyond
        above and beyond
        five|5 stars|star
        10|ten out of 10|ten
        two|2 thumbs up
        thumbs up
        shout|shoutout out? to
        well done
        good|great|nice|excellent|awesome|amazing|fantastic job|work|service|support|experience|product|quality
        keep up the|it
        never|not had|have|disappoint*|had|failed a|any? issue|issues|problem|problems|disappoint*
        never disappoint*|fails|failed|fail|crash*|freez*
        not|never be? disappointed
        highly|definitely|strongly|certainly|totally recommend*
        would|can|will highly|definitely|strongly|certainly? recommend*
        works|worked|working great|perfectly|flawlessly|beautifully|wonderfully|well
        could|can not be? happier|better|beat|more
        again and again
        exactly|just|everything what? i|we wanted|needed|need|hoped
        gets|got|does the job done?
        looking forward to
        no regrets
        you rock|rocks|guys
        big fan
        works like a? charm
        like a charm
        as advertised|expected|promised|described
        worth every penny|cent|the|it
        """,
    -0.6: """
        how long|much longer
        still waiting|nothing|pending
        had|have|having|been to? wait*
        why is|are|do|does|did|can't|cant|won't|wont|don't|not|would|has|have
        at least
        not great|good|impressed|ideal|nice|cool|happy|pleased|satisfied
        too much|many|long|small|big|late|expensive|slow|hard|short|loud
        could|should have been
        should have
        supposed to
        leaves|left much|lot|something to be desired
        used to be|work
        """,
    -1.2: """
        still not|no|isn't|isnt|doesn't|doesnt|can't|cant|haven't|havent|hasn't|hasnt|didn't|won't|broken|down
        on hold for|with
        on hold .. hour|hours|minutes|mins|min|hrs
        #|two|three|four|five|several|many|couple|few of? hours|hour|hrs|hr delay*|late|wait|waiting|hold|on
        let|lets|letting us|me|down down?
        never again|ever|got|received|arrived|came|called|again|buy|use|order|fly|return|going
        no|zero|without any? response|reply|answer|answers|help|explanation|communication|reason|apology|sense
        no one|body answer*|respon*|care*|help*|knows|seems|can|picks|calls|has|is|will
        nobody answer*|respon*|care*|help*|knows|seems|can|picks|calls|has|is|will
        not|doesnt|didnt|dont|doesn't|don't|didn't|can't|cant|isnt|isn't|never .. help*|respond|answer|reply|care
        no idea|clue
        hung|hang|hangs up on?
        run|gets|got|getting around
        run around
        runaround
        stay|stays|staying away
        fall|falls|fell|falling apart
        over and over
        time and time|again
        yet again|another
        what is|are wrong|going|happening
        what's|whats wrong
        not worth|recommend*|acceptable|cool|ok|okay|right|fair|up
        don't|dont|do|not waste|bother|buy|recommend*|expect|fly|trust|go|use
        wouldn't|can't|cannot|don't|didn't|won't recommend*
        do|does|did|would|will|could|can not recommend*
        never ever? be back|going|again
        won't|wont|will|not be? back|returning|again
        not be back
        stopped|quit|stops|quits work*
        not enough
        nothing but|works|happens|changed|helps|special
        make*|made no sense
        take|takes|took|taking forever|ages|too|hours|days|weeks
        sick|tired|fed of|up
        sick and tired
        hard to believe|get
        lack of
        poor quality|service|customer|experience|job
        bad service|experience|quality|customer
        rip off
        last straw
        not .. anymore
        was|were|been|are|is expecting|expected more|better
        expected|expect more|better
        big|huge|total|complete|major|real mistake|problem|letdown|disappointment|issue
        out of control|nowhere
        too bad
        what a waste|mess|shame|joke|disappointment|letdown
        so much for
        """,
    -2.0: """
        waste of
        fed up
        money back
        thanks|thank you? for nothing
        thanks|thank you? for|4 .. wasting|ruining|ignoring|losing|cancelling|canceling|making|leaving|hanging
        love how|when|waiting|that|it when? you|they|your|the|i|my
        way to go|ruin
        just|oh|well great|perfect|wonderful|lovely|awesome|fantastic|brilliant
        yeah right
        good luck getting|with|reaching|trying
        what|such a an? joke|disgrace|disaster|nightmare|scam
        never .. fly*|use|using|buy*|order*|shop*|go|going|com*|deal|recommend|book* .. again
        worst .. ever
        slap in
        total|complete|utter|absolute joke|mess|waste|disaster|garbage|failure|lack|disgrace
        get your|it act|together
        do your|something job
        had enough
        enough is enough
        are you kidding|serious|joking|freaking
        you've|youve|have got|to got|be to|kidding be|me
        pull|pulling my|your hair
        last time
        """,
}
