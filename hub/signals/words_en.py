"""
English words by the mood that they show, and how they bear on others. A word ending in `*` is a stem.

Chosen by judgement from how customers write in general, fitted to no data. What only names a trouble
(`error`, `delayed`) stands apart: alone it is a report, and a mood only with more said around it.
"""

from __future__ import annotations

STRONG, PLAIN, WEAK, FAINT = 2.0, 1.2, 0.6, 0.3

GOOD: dict[float, str] = {
    STRONG: """
        love loved loves loving lovely adore* amazing amazingly amazed awesome excellent excellently
        excellence fantastic fantastically brilliant outstanding superb superbly wonderful wonderfully
        perfect perfectly delight delighted delightful thrilled impressed impressive impressively best
        flawless flawlessly lifesaver kudos bravo terrific marvelous marvellous phenomenal exceptional
        stellar rockstar rocks rocked incredible magnificent spectacular fabulous gem superstar hero heroes
        yay woohoo hooray props unbeatable exquisite adorab* magical excel* excelent fantast* joy joyful
        ideal ideally recomend* reccomend* reccommend* loveable worthwhile gorgeous masterpiece blessed
        ecstatic grateful rave raved touching memorable stunning
        """,
    PLAIN: """
        great good nice nicely happy happier glad pleased thank thanks thx thnx tnx thanx thankyou tks ty
        cheers appreciate* appreciation helpful kind kindness recommend* satisfied satisfying satisfaction
        smooth smoothly enjoy* pleasant pleasantly pleasure pleasing reliable comfortable comfy friendly
        superior beautiful beautifully fun cool better improved improvement* impress win won relieved
        excited exciting congrat* congratulations useful delicious tasty yummy worth favorite favourite
        favourites favorites polite courteous attentive efficient efficiently effective effectively promptly
        professional professionally intuitive seamless seamlessly hassle-free generous sweet sweetest
        welcoming classy charming clever sturdy crisp bargain accommodating caring thoughtful warm winner
        funny hilarious entertaining enjoyable fresh juicy tender sharp handy stylish sleek sexy exceeded
        exceeds durable prettier comfort* comfortib* proud honest authentic incredible unreal talented
        superbly refreshing interesting brilliance genius cute
        """,
    WEAK: """
        fine smart works worked solved resolved quick quickly fast faster fastest easy easily simple clean
        solid decent success successful successfully improve prompt ease easier responsive sorted affordable
        lucky convenient conveniently cheerful timely neat secure functional compliments nicest strong
        """,
    FAINT: """
        ok okay well welcome hope hopefully clear clearly yes correct right available real light safe safely
        """,
}

BAD: dict[float, str] = {
    STRONG: """
        terrible terribly horrible horribly awful awfully worst unacceptable unacceptib* unaccept*
        ridiculous* rediculous dissapoint* disapoint* outrageous* disgust* pathetic* useless hate hated
        hates hating furious outrag* angry anger angrily appalling* appalled scandalous scam scammed
        scammers fraud ripoff ripped disaster disastrous catastroph* nightmare joke garbage crap crappy
        crappiest suck sucks sucked sucky shame shameful disgrace* incompeten* idiot* stupid stupidity lousy
        atrocious insult insulted insulting insults unusable worthless lied lying liars lies abysmal
        abomina* horrendous horrid horrific horror horrified dreadful hideous trash rubbish shambles shit*
        bullshit bs fuck* fck* wtf wth ffs damn damned dammit goddamn hell fuming livid rage enraged
        infuriat* screw screwed screwing cheated swindl* robbed robbery thieves disrespect* despicable
        inexcusable unforgivable intolerable unbearable deplorable vile bogus dumb dumbest moron* asshole*
        ass unethical repuls* revolting inedible mediocre pissed aggravat* fiasco mockery farce
        """,
    PLAIN: """
        bad badly poor poorly disappoint* frustrat* annoy* upset upsetting unhappy dissatisfied unsatisf*
        irritat* worse worsen* waste wasted wasting avoid complain* complaint complaints unreliable
        unprofessional rude rudely rudeness ignor* tired sick sad sadly regret* worried worrying
        unfortunately unfair unfairly unjust dishonest mislead* misled deceiv* decept* mess messed messy
        broke boring bored bland painful pain ugly weak lack lacks lacked lacking overpriced hopeless dead
        died dies junk careless negligen* inconvenien* inconsiderate unhelpful unresponsive neglect*
        mistreat* rip overcharg* clueless embarrass* ashamed horrified scared afraid stress stressed
        stressful exhaust* concerned concerning inferior defective faulty flimsy cheaply lame nonsense
        absurd insane ludicrous laughable excuse excuses nobody unwilling refus* denied worthless alas ugh
        argh grr smh meh shoddy sloppy shady skimp* slap disgusted wack overrated underwhelm* gross nasty
        rotten tasteless soggy stale greasy unpleasant uncomfortable unsafe dangerous unimpress* unrealistic
        pointless predictable cliche* plotless insipid amateurish tedious pretentious hassle* grief impolite
        arrogant condescending harass* threaten* bother bothered ruin* lawsuit sue sued suing violat* victim
        misery miserable clunky desperate desperately unfriendly unwelcome fooled cheat trouble* sorry
        suffer* impossible unable confus* puzzl* pity flop dud miss* lose losing loses suspicious panic
        """,
    WEAK: """
        slow slowly slower sluggish expensive pricey difficult dirty noisy outdated cheap lag laggy laggi*
        buggy flaw* questionable weird unexpected ambiguous forced forever unclear complicated cumbersome
        dull bore distort* jerk jerks beware counterfeit unintelligible drain remorse broke discomfort
        """,
    FAINT: """
        hard nothing never why less cold loud old small fell fall drop* limit* deny odd strange wonder
        instead barely hardly neither nor return* careful
        """,
}

TROUBLE: dict[float, str] = {
    WEAK: """
        delay* late cancel* cancell* lost stuck stranded stolen damaged missing overbook* oversold hold
        waiting wait waited unresolved unanswered unavailable incorrect disconnect* interrupt* fail* outage
        outages down downtime dropped hung misplaced rebook* charged refund* bug bugs crash* broken error
        errors issue issues problem problems glitch* malfunction* timeout reject* declin* block* incomplete
        inaccurate corrupt* freez* frozen overdue leak* wrong wrongly
        incorrectly
        """,
}
"""What goes wrong: heavier with `again`, `still` or a long time beside it, lighter in a polite request."""

IF_DENIED: dict[float, str] = {
    PLAIN: """
        help helped helping helpful respond* response reply replies replied answer answers answered
        answering care cares listen solved resolved resolve resolution worth able allowed support
        communication explanation apology apologies apologize contact contacted notice notified update
        updates information received receive clue sense way acceptable ok okay fair accept understand pick
        """,
    WEAK: """
        work works working worked fix fixed solve load loads open start starts possible access connect find
        get got login log see send use let go come show charge hold arrive arrived anyone
        """,
}
"""Of no colour, or even good, until they are denied: `no reply`, `does not help`."""

DENIALS = """
    not no never neither nor cannot without hardly barely scarcely nobody none nothing isnt wasnt arent
    werent dont doesnt didnt cant cudnt couldnt wont wouldnt shouldnt havent hasnt hadnt aint dnt doesn didn
    wasn isn couldn wouldn lacks lack unable stop stopped stops zero
    """
LOUDER = """
    very really so extremely absolutely totally completely incredibly highly too such most quite utterly
    truly deeply seriously insanely fucking freaking super beyond entirely thoroughly ever always constantly
    """
SOFTER = "slightly bit somewhat little kinda sorta fairly partly mildly kind sort almost"
TURNS = "but however"
LASTING = """
    again still another yet days weeks months hours hrs hour minutes mins constantly repeatedly twice thrice
    times second third fourth fifth always every everyday ago since keeps keep yesterday hanging
    """
"""That it lasts, or comes back."""
WISHES = "would could should wish if hope hoping hopefully"
"""What is asked for or imagined is no praise: `would be great`."""
ASKS = "please pls plz could can may kindly advise clarify wondering hi hello dear advance"
"""By these a text asks politely: trouble in it is reported, not complained of."""
THANKS = "thank thanks thx thanx tnx ty cheers regards"
BLAMED = "you your yours u ur"
IFS = "if whether unless"
EXCEPT = "except"
