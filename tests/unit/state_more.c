/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/state_more.c - behaviours beyond the classic 180 */
#include "state_tables.h"

/* clang-format off */
const scenario more_scenarios[] = {
    /* the kinds of failures where several apply */
    {"N1a", "a member is not removed without its pod",
     "add p1; make c2 pod=p1; add c2 p1; rm c2 !PODEXISTS; kids p1 1"},
    {"N1b", "a container of another pod is not added",
     "add p1; add p2; make c3 pod=p2; add c3 p1 !NOSUCHCTR; list c 0"},
    {"N1c", "nor removed",
     "add p1; add p2; make c3 pod=p2; add c3 p2; rm c3 p1 !INVAL; kids p2 1"},
    {"N1d", "an empty ID is asked for before anything else",
     "close; get \"\" c !EMPTYID; look \"\" p !EMPTYID; has \"\" c !EMPTYID;"
     "kid p1 \"\" !EMPTYID"},
    {"N1e", "an invalid handle can be evicted",
     "add c1; make c1 invalid; rm c1; list c 0"},
    {"N1f", "validity is asked for before the namespace",
     "make c1 ns=test1 invalid; ns test2; upd c1 !CTRREMOVED;"
     "save c1 !CTRREMOVED; uses c1 !CTRREMOVED"},
    {"N1g", "the namespace is asked for before existence",
     "make c1 ns=test1; ns test2; upd c1 !NSMISMATCH; valid c1 yes"},
    {"N1h", "existence is asked for before the namespace of a removal",
     "make c1 ns=test1; ns test2; rm c1 !NOSUCHCTR; valid c1 no"},
    /* persistence */
    {"N2", "all is there after opening again",
     "add p1; make c2 pod=p1; add c2 p1; netns c2 /run/netns/a;"
     "intent c2 start; set c2; save c2; make c3 ns=test1; add c3; reopen;"
     "get c2 c2; get c3 c3; get p1 p1; kids p1 1 c2; look test2 c2;"
     "intents 1 c2; ns test1; list c 1 c3"},
    /* refresh */
    {"N5a", "what ran has exited",
     "make c1 state=3; make c2 state=4; make c3 state=5; make c4 state=6;"
     "add c1; add c2; add c3; add c4; refresh; upd c1; is c1 exited; upd c2;"
     "is c2 exited; upd c3; is c3 exited; upd c4; is c4 exited"},
    {"N5b", "what never ran is configured",
     "make c1 state=1; make c2 state=2; make c3 state=0; make c4 state=99;"
     "add c1; add c2; add c3; add c4; refresh; upd c1; is c1 configured;"
     "upd c2; is c2 configured; upd c3; is c3 configured; upd c4;"
     "is c4 configured"},
    {"N5c", "half removed stays half removed",
     "make c1 state=7; add c1; refresh; upd c1; is c1 removing"},
    {"N5d", "every namespace is refreshed",
     "make c1 ns=test1; add c1; ns test2; refresh; ns -; upd c1;"
     "is c1 exited"},
    {"N5e", "the network namespace is forgotten, the intent is not",
     "add c1; netns c1 /run/netns/a; intent c1 start; save c1; refresh;"
     "copy x1 c1; upd c1; same c1 x1; intents 1 c1"},
    {"N5f", "one bad record does not stop the others",
     "add c1; add c2; add c3; hurt c2 state; refresh; upd c1; is c1 exited;"
     "upd c3; is c3 exited"},
    {"N5g", "nor does a missing one",
     "add c1; add c2; add c3; hurt c1 gone; refresh; upd c2; is c2 exited;"
     "upd c3; is c3 exited"},
    {"N5h", "refresh is done twice as once",
     "add c1; add p2; refresh; copy x1 c1; copy x2 p2; refresh; copy x3 c1;"
     "copy x4 p2; same x1 x3; same x2 x4"},
    /* close */
    {"N6", "closed is closed",
     "add c1; add p2; close; close; get c1 c !DBCLOSED; look c1 c !DBCLOSED;"
     "has c1 c !DBCLOSED; add c3 !DBCLOSED; rm c1 !DBCLOSED;"
     "upd c1 !DBCLOSED; save c1 !DBCLOSED; uses c1 !DBCLOSED;"
     "list c !DBCLOSED; intents !DBCLOSED; get p2 p !DBCLOSED;"
     "look p2 p !DBCLOSED; has p2 p !DBCLOSED; kid p2 c1 !DBCLOSED;"
     "ids p2 !DBCLOSED; kids p2 !DBCLOSED; add p4 !DBCLOSED;"
     "rm p2 !DBCLOSED; rmall p2 !DBCLOSED; make c5 pod=p2;"
     "add c5 p2 !DBCLOSED; rm c5 p2 !DBCLOSED; upd p2 !DBCLOSED;"
     "save p2 !DBCLOSED; list p !DBCLOSED; refresh !DBCLOSED;"
     "evict c1 !DBCLOSED; taken a !DBCLOSED; meta a !DBCLOSED; ns test1; ns -;"
     "make c1 null; uses c1 !DBCLOSED"},
    /* look-up */
    {"N7a", "an exact name beats the start of an ID",
     "make c1 name=2222; add c1; add c2; look 2222 c1; look 22222 c2"},
    {"N7b", "an exact ID beats an exact name",
     "make c1 name=c2; add c1; add c2; look c2 c2"},
    {"N7c", "a pod does not make a container ambiguous",
     "make c1 id=00aa; make p2 id=00ab; add c1; add p2; look 00 c1;"
     "look 00 p2"},
    {"N7d", "a pod's name does not hide the start of an ID",
     "make p1 name=2222; add p1; add c2; look 2222 c2; look 2222 p1"},
    {"N7e", "a name of another namespace is no match",
     "make c1 name=2222 ns=test1; add c1; make c2 ns=test2; add c2; ns test2;"
     "look 2222 c2"},
    {"N7f", "a prefix longer than any ID",
     "make c1 id=aa; add c1; look aaa c !NOSUCHCTR"},
    {"N7g", "one ID is the start of another",
     "make c1 id=aa; make c2 id=aab; add c1; add c2; look aa c1; look aab c2;"
     "look a c !AMBIGUOUS; list c 2 c1 c2"},
    {"N7h", "many matches",
     "make c1 id=a1; make c2 id=a2; make c3 id=a3; make c4 id=a4;"
     "make c5 id=a5; make c6 id=a6; add c1; add c2; add c3; add c4; add c5;"
     "add c6; look a c !AMBIGUOUS"},
    {"N7i", "names are matched whole and by case",
     "add c1; look test c !NOSUCHCTR; look TEST1 c !NOSUCHCTR"},
    {"N7j", "taken",
     "add c1; add p2; taken test1 yes; taken c1 yes; taken p2 yes;"
     "taken test2 yes; taken test3 no; taken 1111 no; ns other;"
     "taken test1 yes; taken \"\" !EMPTYID"},
    /* a failed add leaves nothing */
    {"N8a", "name and ID are free after a failed add",
     "make c1 need=c9; add c1 !NOSUCHCTR; make c2 id=c1; make c3 name=test1;"
     "add c2; add c3; list c 2"},
    {"N8b", "no edge is left by one of several needs",
     "add c1; make c2 need=c1 need=c9; add c2 !NOSUCHCTR; uses c1 0; rm c1"},
    {"N8c", "the same in a pod",
     "add p1; make c2 pod=p1 need=c9; add c2 p1 !NOSUCHCTR; kids p1 0;"
     "rm p1; add c2 !INVAL; make c3 name=test2; add c3"},
    /* add again */
    {"N9a", "removed and added again",
     "add c1; rm c1; add c1; get c1 c1; add p2; rm p2; add p2; get p2 p2"},
    {"N9b", "in a namespace",
     "make c1 ns=test1; ns test1; add c1; rm c1; list c 0; add c1;"
     "list c 1 c1"},
    {"N9c", "in a pod emptied at once",
     "make p1 ns=test1; ns test1; add p1; make c2 pod=p1 ns=test1; add c2 p1;"
     "make c3 pod=p1 ns=test1 need=c2; add c3 p1; rmall p1; list c 0;"
     "add c2 p1; add c3 p1; kids p1 2 c2 c3; list c 2; uses c2 1 c3"},
    {"N9d", "a container takes the name of a removed pod",
     "add p1; rm p1; add c1; look test1 c1; look test1 p !NOSUCHPOD"},
    {"N9e", "no state of the former is seen",
     "add c1; netns c1 /run/netns/a; intent c1 x; save c1; rm c1; intents 0;"
     "netns c1 -; intent c1 -; add c1; get c1 c1"},
    /* odd words */
    {"N10a", "nobody needs itself",
     "make c1 need=c1; add c1 !INVAL; list c 0; make c2 user=c2;"
     "add c2 !INVAL; add p3; make c4 pod=p3 ipc=c4; add c4 p3 !INVAL"},
    {"N10b", "a need told twice is one",
     "add c1; make c2 need=c1 need=c1; add c2; uses c1 1 c2; rm c2; rm c1"},
    {"N10c", "an empty need is none", "make c1 need=\"\"; add c1; list c 1"},
    {"N10d", "no empty words",
     "make c1 name=\"\"; add c1 !EMPTYID; make c2 id=\"\"; add c2 !EMPTYID;"
     "make p3 name=\"\"; add p3 !EMPTYID; make p4 id=\"\"; add p4 !EMPTYID;"
     "list c 0; list p 0"},
    {"N10e", "long words",
     "make c1 idlen=128 namelen=255; add c1; get c1 c1;"
     "make c2 idlen=129; add c2 !INVAL; make c3 namelen=256; add c3 !INVAL;"
     "get c2 c !NOSUCHCTR; look c2 c !NOSUCHCTR; has c2 c no; list c 1;"
     "make c4 need=c1; add c4; uses c1 1 c4"},
    {"N10f", "separators in words are only bytes",
     "make c1 id=a/config name=x/y ns=n/c/a; add c1; make c2 id=a name=x;"
     "add c2; get c1 c1; get c2 c2; look x/y c1; look x c2; list c 2 c2 c1;"
     "ns n/c; list c 0; ns n/c/a; list c 1 c1; ns -; rm c2; get c1 c1;"
     "rm c1; list c 0"},
    {"N10g", "blanks and foreign letters",
     "make c1 id=a~b name=n\xc3\xa4me\xff; add c1; get c1 c1;"
     "look n\xc3\xa4me\xff c1; look a~ c1; reopen; get c1 c1"},
    {"N10h", "bytes at the end of the range",
     "make c1 id=\xff\xff; make c2 id=\xff\xff\xff; add c1; add c2;"
     "look \xff\xff c1; look \xff c !AMBIGUOUS; list c 2 c1 c2"},
    {"N10i", "an unknown ID with odd words",
     "get a/b c !NOSUCHCTR; look % c !NOSUCHCTR; has /// p no"},
    /* the network namespace and the intent */
    {"N14a", "written, changed, deleted",
     "add c1; copy x1 c1; netns c1 /run/netns/a; save c1; upd x1; same c1 x1;"
     "netns c1 /run/netns/b; save c1; upd x1; same c1 x1; netns c1 -; save c1;"
     "upd x1; same c1 x1"},
    {"N14b", "given at creation",
     "netns c1 /run/netns/a; intent c1 create; add c1; get c1 c1;"
     "intents 1 c1; list c 1 c1; intent c1 -; save c1; intents 0"},
    {"N14c", "intents of every namespace, and in lists",
     "make c1 ns=test1; intent c1 a; add c1; add c2; intent c3 b; add c3;"
     "ns test1; intents 2 c1 c3; list c 1 c1; ns -; list c 3"},
    {"N19", "every namespace, whichever is current",
     "make c1 ns=test1; add c1; add c2; ns test1; every 2 c1 c2; list c 1 c1;"
     "close; every !DBCLOSED"},
    /* damage */
    {"N15a", "a list leaves out what it cannot read",
     "add c1; add c2; add c3; hurt c2 config; list c 2 c1 c3;"
     "get c2 c !CORRUPT; look test2 c !CORRUPT; get c1 c1"},
    {"N15b", "the same for pods",
     "add p1; add p2; hurt p1 state; list p 1 p2; get p1 p !CORRUPT"},
    {"N15c", "a pod's members do not",
     "add p1; make c2 pod=p1; add c2 p1; hurt c2 state; kids p1 !CORRUPT;"
     "ids p1 1 c2"},
    {"N15d", "a missing state is a contradiction",
     "add c1; hurt c1 gone; get c1 c !INTERNAL; upd c1 !INTERNAL;"
     "valid c1 yes; list c 0"},
    {"N15e", "a missing config too",
     "add c1; hurt c1 lost; has c1 c no; list c 0; get c1 c !INTERNAL"},
    {"N15f", "a damaged one can be removed",
     "add c1; make c2 need=c1; add c2; hurt c2 config; rm c2; uses c1 0;"
     "rm c1; list c 0; taken test2 no"},
    {"N15g", "a handle that lies does not free another's name",
     "add c1; add c2; make c1 name=test2; rm c1; look test2 c2;"
     "taken test1 no"},
    {"N15h", "evicted by ID, with every trace",
     "make c1 ns=a/b; make c2 ns=a/b need=c1; make c3 ns=a/b user=c2;"
     "add c1; intent c2 start; add c2; add c3; hurt c2 config; evict c2;"
     "list c 2 c1 c3; uses c1 0; rm c1; intents 0; taken test2 no;"
     "make c4 name=test2; add c4; rm c3; sound"},
    {"N15i", "evicted by name, from a pod",
     "add p1; make c2 pod=p1; add c2 p1; make c3 pod=p1 need=c2; add c3 p1;"
     "hurt c3 lost; ns other; evict test3; ns -; kids p1 1 c2; uses c2 0;"
     "rm c2 p1; rm p1; sound"},
    {"N15j", "evicting nothing",
     "add p1; evict \"\" !EMPTYID; evict c9 !NOSUCHCTR; evict p1 !NOSUCHCTR;"
     "evict test1 !NOSUCHCTR; list p 1"},
    {"N15k", "an ID that ends another's key is not touched",
     "make c1 id=aa; make c2 id=a; make c3 id=xa need=aa; add c1;"
     "add c2; add c3; evict a; list c 2 c1 c3; uses c1 1 c3; sound"},
    {"N16", "a pod keeps its infra container and loses its cgroup",
     "add p1; refresh; copy x1 p1; upd p1; same p1 x1"},
    {"N18", "facts of the engine", "meta firewall; meta schema; list c 0"},
    {NULL, NULL, NULL},
};
