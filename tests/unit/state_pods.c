/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/state_pods.c - behaviours of pods in the state */
#include "state_tables.h"

/* clang-format off */
const scenario pod_scenarios[] = {
    /* by full ID */
    {"69", "unknown", "get p1 p !NOSUCHPOD"},
    {"70", "empty", "get \"\" p !EMPTYID"},
    {"71", "stored", "add p1; get p1 p1"},
    {"72", "first of two", "add p1; add p2; get p1 p1"},
    {"73", "unknown among others", "add p1; add p2; get p3 p !NOSUCHPOD"},
    {"74", "a container is no pod", "add c1; get c1 p !NOSUCHPOD"},
    {"75", "same namespace", "make p1 ns=test1; ns test1; add p1; get p1 p1"},
    {"76", "other namespace",
     "make p1 ns=test1; add p1; ns test2; get p1 p !NSMISMATCH"},
    /* look up */
    {"77", "nothing to look up", "look \"\" p !EMPTYID"},
    {"78", "unknown", "look does~not~exist p !NOSUCHPOD"},
    {"79", "full ID", "add p1; look p1 p1"},
    {"80", "the start of an ID", "add p1; add p2; look 11111111 p1"},
    {"81", "the start of two",
     "make p1 id=00000000aa; make p2 id=00000000ab; add p1; add p2;"
     "look 00000000 p !AMBIGUOUS"},
    {"82", "name", "add p1; look test1 p1"},
    {"83", "ID of a container", "add c1; look c1 p !NOSUCHPOD"},
    {"84", "name of a container", "add c1; look test1 p !NOSUCHPOD"},
    {"85", "same namespace",
     "make p1 ns=test1; ns test1; add p1; look p1 p1"},
    {"86", "other namespace",
     "make p1 ns=test1; add p1; ns test2; look p1 p !NSMISMATCH"},
    {"87", "a prefix counts in the current namespace only",
     "make p1 id=000aa ns=test1; make p2 id=000ab ns=test2; add p1; add p2;"
     "ns test1; look 000 p1"},
    /* has */
    {"88", "has: empty", "has \"\" p !EMPTYID"},
    {"89", "has: empty store", "has p1 p no"},
    {"90", "has: wrong ID", "add p1; has p2 p no"},
    {"91", "has: stored", "add p1; has p1 p yes"},
    {"92", "has: a container is no pod", "add c1; has c1 p no"},
    {"93", "has: same namespace",
     "make p1 ns=test1; ns test1; add p1; has p1 p yes"},
    {"94", "has: other namespace",
     "make p1 ns=test1; add p1; ns test2; has p1 p no"},
    /* add */
    {"95", "an invalid handle", "make p1 invalid; add p1 !PODREMOVED"},
    {"96", "added is there", "add p1; list p 1 p1; get p1 p1"},
    {"97", "an ID is there once",
     "add p1; make p2 id=p1; add p2 !PODEXISTS; list p 1 p1; get p1 p1"},
    {"98", "a name is there once",
     "add p1; make p2 name=test1; add p2 !PODEXISTS; list p 1 p1"},
    {"99", "two pods", "add p1; add p2; list p 2 p1 p2"},
    {"100", "a container's ID",
     "add c1; make p1 name=test2; add p1 !PODEXISTS; list p 0"},
    {"101", "a container's name",
     "add c1; make p2 name=test1; add p2 !PODEXISTS; list p 0"},
    {"102", "in the current namespace",
     "make p1 ns=test1; ns test1; add p1; list p 1 p1"},
    {"103", "in another",
     "make p1 ns=test1; ns test2; add p1 !NSMISMATCH; ns -; list p 0"},
    /* remove */
    {"104", "an invalid handle", "add p1; make p1 invalid; rm p1 !PODREMOVED"},
    {"105", "unknown", "rm p1 !NOSUCHPOD; valid p1 no"},
    {"106", "removed is gone", "add p1; rm p1; list p 0"},
    {"107", "the other stays", "add p1; add p2; rm p1; list p 1 p2"},
    {"108", "with a member",
     "add p1; make c2 pod=p1; add c2 p1; rm p1 !CTREXISTS; list p 1 p1"},
    {"109", "after its member",
     "add p1; make c2 pod=p1; add c2 p1; rm c2 p1; rm p1; list p 0"},
    {"110", "other namespace",
     "make p1 ns=test1; add p1; ns test2; rm p1 !NSMISMATCH; ns -;"
     "list p 1 p1"},
    /* list */
    {"111", "nothing to list", "list p 0"},
    {"112", "one", "add p1; list p 1 p1"},
    {"113", "growing",
     "list p 0; add p1; list p 1; add p2; list p 2; add p3; list p 3"},
    {"114", "none of this namespace",
     "make p1 ns=test1; add p1; ns test2; list p 0"},
    {"115", "one of two namespaces",
     "make p1 ns=test1; make p2 ns=test2; add p1; add p2; ns test1;"
     "list p 1 p1"},
    /* membership */
    {"116", "an invalid pod", "make p1 invalid; kid p1 c2 !PODREMOVED"},
    {"117", "empty ID", "add p1; kid p1 \"\" !EMPTYID"},
    {"118", "unknown container", "add p1; kid p1 c2 no"},
    {"119", "a container outside", "add p1; add c2; kid p1 c2 no"},
    {"120", "a member",
     "add p1; make c2 pod=p1; add c2 p1; kid p1 c2 yes"},
    {"121", "other namespace",
     "make p1 ns=test1; add p1; ns test2; kid p1 c2 !NSMISMATCH"},
    {"122", "IDs: an invalid pod", "make p1 invalid; ids p1 !PODREMOVED"},
    {"123", "IDs: an unknown pod", "ids p1 !NOSUCHPOD; valid p1 no"},
    {"124", "IDs: an empty pod", "add p1; ids p1 0"},
    {"125", "IDs: one member",
     "add p1; make c2 pod=p1; add c2 p1; ids p1 1 c2"},
    {"126", "IDs: growing",
     "add p1; ids p1 0; make c2 pod=p1; add c2 p1; ids p1 1;"
     "make c3 pod=p1; add c3 p1; ids p1 2; make c4 pod=p1; add c4 p1;"
     "ids p1 3 c2 c3 c4"},
    {"127", "IDs: other namespace",
     "make p1 ns=test1; add p1; ns test2; ids p1 !NSMISMATCH"},
    {"128", "members: an invalid pod", "make p1 invalid; kids p1 !PODREMOVED"},
    {"129", "members: an unknown pod", "kids p1 !NOSUCHPOD; valid p1 no"},
    {"130", "members: an empty pod", "add p1; kids p1 0"},
    {"131", "members: one",
     "add p1; make c2 pod=p1; add c2 p1; kids p1 1 c2; get c2 c2"},
    {"132", "members: growing",
     "add p1; kids p1 0; make c2 pod=p1; add c2 p1; kids p1 1;"
     "make c3 pod=p1; add c3 p1; kids p1 2; make c4 pod=p1; add c4 p1;"
     "kids p1 3 c2 c3 c4"},
    {"133", "members: other namespace",
     "make p1 ns=test1; add p1; ns test2; kids p1 !NSMISMATCH"},
    /* remove all members */
    {"134", "an invalid pod", "make p1 invalid; rmall p1 !PODREMOVED"},
    {"135", "an unknown pod", "rmall p1 !NOSUCHPOD; valid p1 no"},
    {"136", "an empty pod", "add p1; rmall p1; kids p1 0"},
    {"137", "one member",
     "add p1; make c2 pod=p1; add c2 p1; rmall p1; kids p1 0; list c 0;"
     "valid c2 yes"},
    {"138", "one outside survives",
     "add p1; make c2 pod=p1; add c2 p1; add c3; rmall p1; kids p1 0;"
     "list c 1 c3"},
    {"139", "two members",
     "add p1; make c2 pod=p1; add c2 p1; make c3 pod=p1; add c3 p1;"
     "rmall p1; kids p1 0; list c 0"},
    {"140", "members that need each other",
     "add p1; make c2 pod=p1; add c2 p1; make c3 pod=p1 need=c2; add c3 p1;"
     "rmall p1; kids p1 0; list c 0"},
    {"141", "other namespace",
     "make p1 ns=test1; add p1; ns test2; rmall p1 !NSMISMATCH"},
    /* add to a pod */
    {"142", "an invalid pod",
     "make p1 invalid; make c2 pod=p1; add c2 p1 !PODREMOVED"},
    {"143", "an invalid container",
     "add p1; make c2 pod=p1 invalid; add c2 p1 !CTRREMOVED; kids p1 0"},
    {"144", "an unknown pod",
     "make c2 pod=p1; add c2 p1 !NOSUCHPOD; valid p1 no; valid c2 yes"},
    {"145", "a member is listed everywhere",
     "add p1; make c2 pod=p1; add c2 p1; kids p1 1 c2; list c 1 c2;"
     "get c2 c2"},
    {"146", "two members",
     "add p1; make c2 pod=p1; make c3 pod=p1; add c2 p1; add c3 p1;"
     "kids p1 2; list c 2"},
    {"147", "a member and a free one",
     "add p1; make c2 pod=p1; add c2 p1; add c3; kids p1 1 c2; list c 2"},
    {"148", "ID of a free one",
     "add p1; add c2; make c3 id=c2 pod=p1; add c3 p1 !CTREXISTS; kids p1 0;"
     "list c 1"},
    {"149", "name of a free one",
     "add p1; add c2; make c3 name=test2 pod=p1; add c3 p1 !CTREXISTS;"
     "kids p1 0; list c 1"},
    {"150", "the pod's own ID",
     "add p1; make c1 name=test2 pod=p1; add c1 p1 !CTREXISTS; kids p1 0;"
     "list c 0"},
    {"151", "the pod's own name",
     "add p1; make c2 name=test1 pod=p1; add c2 p1 !CTREXISTS; kids p1 0;"
     "list c 0"},
    {"152", "a dependency on another member",
     "add p1; make c2 pod=p1; add c2 p1; make c3 pod=p1 need=c2; add c3 p1;"
     "uses c2 1 c3"},
    {"153", "a dependency on the pod",
     "add p1; make c2 pod=p1 need=p1; add c2 p1 !NOSUCHCTR; kids p1 0"},
    {"154", "an unknown dependency",
     "add p1; make c2 pod=p1 need=c3; add c2 p1 !NOSUCHCTR; kids p1 0"},
    {"155", "a dependency on a free one",
     "add p1; add c2; make c3 pod=p1 need=c2; add c3 p1 !INVAL; kids p1 0;"
     "list c 1; uses c2 0"},
    {"156", "all in one namespace",
     "make p1 ns=test1; add p1; make c2 pod=p1 ns=test1; add c2 p1;"
     "make c3 pod=p1 ns=test1 need=c2; add c3 p1; uses c2 1 c3"},
    {"157", "the dependent in another",
     "make p1 ns=test1; add p1; make c2 pod=p1 ns=test1; add c2 p1;"
     "make c3 pod=p1 ns=test2 need=c2; add c3 p1 !NSMISMATCH; kids p1 1;"
     "list c 1; uses c2 0"},
    {"158", "in a namespace, none is current",
     "make p1 ns=test1; add p1; make c2 pod=p1 ns=test1; add c2 p1;"
     "get c2 c2"},
    {"159", "pod and container of two namespaces",
     "make p1 ns=test1; add p1; make c2 pod=p1 ns=test2;"
     "add c2 p1 !NSMISMATCH; list c 0"},
    {"160", "the pod without one",
     "add p1; make c2 pod=p1 ns=test1; add c2 p1 !NSMISMATCH; list c 0"},
    {"161", "the container without one",
     "make p1 ns=test1; add p1; make c2 pod=p1; add c2 p1 !NSMISMATCH;"
     "list c 0"},
    {"162", "in the current namespace",
     "make p1 ns=test1; ns test1; add p1; make c2 pod=p1 ns=test1; add c2 p1;"
     "get c2 c2"},
    {"163", "in another",
     "make p1 ns=test1; add p1; make c2 pod=p1 ns=test1; ns test2;"
     "add c2 p1 !NSMISMATCH; ns -; list c 0"},
    /* remove from a pod */
    {"164", "an invalid pod",
     "make p1 invalid; make c2 pod=p1; rm c2 p1 !PODREMOVED"},
    {"165", "an unknown pod",
     "make c2 pod=p1; rm c2 p1 !NOSUCHPOD; valid p1 no; valid c2 yes"},
    {"166", "an unknown container",
     "add p1; make c2 pod=p1; rm c2 p1 !NOSUCHCTR; valid c2 no;"
     "valid p1 yes"},
    {"167", "a free container",
     "add p1; add c2; rm c2 p1 !NOSUCHPOD; valid c2 yes; list c 1 c2"},
    {"168", "a member",
     "add p1; make c2 pod=p1; add c2 p1; rm c2 p1; kids p1 0; list c 0"},
    {"169", "a needed member",
     "add p1; make c2 pod=p1; add c2 p1; make c3 pod=p1 need=c2; add c3 p1;"
     "rm c2 p1 !CTREXISTS; kids p1 2; list c 2"},
    {"170", "after its dependent",
     "add p1; make c2 pod=p1; add c2 p1; make c3 pod=p1 need=c2; add c3 p1;"
     "rm c3 p1; rm c2 p1; kids p1 0; list c 0"},
    {"171", "in the current namespace",
     "make p1 ns=test1; ns test1; add p1; make c2 pod=p1 ns=test1; add c2 p1;"
     "rm c2 p1; kids p1 0; list c 0"},
    {"172", "in another",
     "make p1 ns=test1; add p1; make c2 pod=p1 ns=test1; add c2 p1; ns test2;"
     "rm c2 p1 !NSMISMATCH; ns -; kids p1 1; list c 1"},
    /* save and update */
    {"173", "update: an invalid handle",
     "add p1; make p1 invalid; upd p1 !PODREMOVED"},
    {"174", "update: unknown", "upd p1 !NOSUCHPOD; valid p1 no"},
    {"175", "update: other namespace",
     "make p1 ns=test1; add p1; ns test2; upd p1 !NSMISMATCH; valid p1 yes"},
    {"176", "save: an invalid handle",
     "add p1; make p1 invalid; save p1 !PODREMOVED"},
    {"177", "save: unknown", "save p1 !NOSUCHPOD; valid p1 no; list p 0"},
    {"178", "save: other namespace",
     "make p1 ns=test1; add p1; ns test2; save p1 !NSMISMATCH"},
    {"179", "update brings what another handle saved",
     "add p1; copy x1 p1; set p1; save p1; upd x1; same x1 p1"},
    {"180", "the same in a namespace",
     "make p1 ns=test1; add p1; ns test1; copy x1 p1; set p1; save p1;"
     "upd x1; same x1 p1"},
    {NULL, NULL, NULL},
};
