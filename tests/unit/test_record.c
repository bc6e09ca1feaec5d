/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_record.c - records to JSON and back */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/state/codec.h"
#include "engine/state/record.h"

static pp_json *
parse(const char *text)
{
    pp_json *v = NULL;

    assert_int_equal(pp_json_parse(text, strlen(text), "text", &v, NULL), 0);
    return v;
}

/* Everything a container can have, under the keys it is stored with. */
static const char full_config[] =
    "{\"id\":\"a\",\"name\":\"b\",\"pod\":\"c\",\"namespace\":\"d\","
    "\"rootfsImageID\":\"e\",\"rootfsImageName\":\"f\",\"rootfs\":\"g\","
    "\"staticDir\":\"h\",\"ShmDir\":\"i\",\"shmSize\":67108864,"
    "\"mounts\":[\"j\"],\"privileged\":true,\"ProcessLabel\":\"k\","
    "\"MountLabel\":\"l\",\"user\":\"m\",\"groups\":[\"n\",\"o\"],"
    "\"ipcNsCtr\":\"1\",\"mountNsCtr\":\"2\",\"netNsCtr\":\"3\","
    "\"pidNsCtr\":\"4\",\"userNsCtr\":\"5\",\"utsNsCtr\":\"6\","
    "\"cgroupNsCtr\":\"7\",\"Dependencies\":[\"8\"],\"createNetNS\":true,"
    "\"netMode\":\"bridge\",\"portMappings\":[{\"hostPort\":1}],"
    "\"dnsServer\":[\"p\"],\"dnsSearch\":[\"q\"],\"dnsOption\":[\"r\"],"
    "\"hostsAdd\":[\"s:1\"],\"networks\":[\"t\"],"
    "\"networkOptions\":{\"t\":{\"mac\":\"u\"}},\"userVolumes\":[\"v\"],"
    "\"entrypoint\":[\"w\"],\"command\":[\"x\",\"\"],\"stdin\":true,"
    "\"terminal\":true,\"autoRemove\":true,\"labels\":{\"y\":\"z\"},"
    "\"stopSignal\":15,\"stopTimeout\":10,"
    "\"createdTime\":\"2018-10-20T01:46:40.123456789Z\","
    "\"cgroupParent\":\"A\",\"logDriver\":\"B\",\"logPath\":\"C\","
    "\"logSizeMax\":-1,\"conmonPidFile\":\"D\",\"exitCommand\":[\"E\"],"
    "\"pause\":true,\"cidFile\":\"F\"}";

static const char full_state[] =
    "{\"state\":3,\"configPath\":\"a\",\"runDir\":\"b\",\"mounted\":true,"
    "\"mountPoint\":\"c\",\"startedTime\":\"2018-10-20T01:46:40.000000001Z\","
    "\"finishedTime\":\"2018-10-20T01:46:41.000000000Z\",\"exitCode\":-1,"
    "\"exited\":true,\"oomKilled\":true,\"pid\":1234,"
    "\"pidStart\":9223372036854775807,\"conmonPid\":5,\"conmonStart\":6,"
    "\"execSessions\":{\"d\":{\"pid\":7}},\"networkResults\":[{\"e\":1}],"
    "\"bindMounts\":{\"f\":\"g\"},\"firewall\":\"h\",\"netDriver\":\"i\"}";

static const char full_pod[] =
    "{\"id\":\"a\",\"name\":\"b\",\"namespace\":\"c\",\"labels\":{\"d\":\"e\"},"
    "\"cgroupParent\":\"f\",\"sharesCgroup\":true,\"sharesPid\":true,"
    "\"sharesIpc\":true,\"sharesNet\":true,\"sharesMnt\":true,"
    "\"sharesUser\":true,\"sharesUts\":true,"
    "\"infraConfig\":{\"makeInfraContainer\":true},"
    "\"created\":\"2018-10-20T01:46:40.000000000Z\"}";

/* Decode and encode again; the text must be the same. */
#define ROUND_TRIP(type, text)                                                 \
    do {                                                                       \
        pp_json *v_ = parse(text);                                             \
        pp_json *again_;                                                       \
        type *r_ = NULL;                                                       \
        char *got_;                                                            \
                                                                               \
        assert_int_equal(type##_decode(v_, &r_, NULL), 0);                     \
        pp_json_unref(v_);                                                     \
        again_ = type##_encode(r_);                                            \
        type##_free(r_);                                                       \
        got_ = pp_json_text(again_, 0);                                        \
        assert_string_equal(got_, text);                                       \
        free(got_);                                                            \
        pp_json_unref(again_);                                                 \
    } while (0)

static void
test_every_field_goes_there_and_back(void **state)
{
    (void)state;
    ROUND_TRIP(ppc_ctr_config, full_config);
    ROUND_TRIP(ppc_ctr_state, full_state);
    ROUND_TRIP(ppc_pod_config, full_pod);
    ROUND_TRIP(ppc_pod_state,
               "{\"cgroupPath\":\"a\",\"InfraContainerID\":\"b\"}");
}

static void
test_empty_fields_are_left_out(void **state)
{
    (void)state;
    ROUND_TRIP(ppc_ctr_state,
               "{\"state\":0,\"startedTime\":\"0001-01-01T00:00:00Z\","
               "\"finishedTime\":\"0001-01-01T00:00:00Z\"}");
    ROUND_TRIP(ppc_pod_state,
               "{\"cgroupPath\":\"\",\"InfraContainerID\":\"\"}");
    ROUND_TRIP(ppc_pod_config, "{\"id\":\"\",\"name\":\"\",\"labels\":{},"
                               "\"cgroupParent\":\"\","
                               "\"infraConfig\":{\"makeInfraContainer\":false},"
                               "\"created\":\"0001-01-01T00:00:00Z\"}");
}

static void
test_unknown_missing_and_null_are_fine(void **state)
{
    PP_AUTO(pp_json_unref)
    pp_json *v =
        parse("{\"id\":\"a\",\"never\":{\"heard\":[1]},\"labels\":null,"
              "\"Name\":\"no\",\"Dependencies\":null}");
    PP_AUTO(ppc_ctr_config_free) ppc_ctr_config *c = NULL;

    (void)state;
    assert_int_equal(ppc_ctr_config_decode(v, &c, NULL), 0);
    assert_string_equal(c->id, "a");
    assert_null(c->name);
    assert_null(c->labels);
    assert_null(c->dependencies);
    assert_int_equal(c->created, 0);
}

static void
test_a_wrong_type_names_its_key(void **state)
{
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"{\"id\":7}", "key \"id\" is not a string"},
        {"{\"mounts\":\"a\"}", "key \"mounts\" is not a list"},
        {"{\"mounts\":[1]}", "key \"mounts\" is not a list"},
        {"{\"privileged\":1}", "key \"privileged\" is not true"},
        {"{\"shmSize\":\"1\"}", "key \"shmSize\" is not an integer"},
        {"{\"shmSize\":1.5}", "key \"shmSize\" is not an integer"},
        {"{\"stopSignal\":-1}", "key \"stopSignal\" is out of range"},
        {"{\"stopSignal\":4294967296}", "key \"stopSignal\" is out of range"},
        {"{\"createdTime\":\"noon\"}", "key \"createdTime\" is not a time"},
        {"{\"labels\":[]}", "key \"labels\" is not an object"},
        {"{\"portMappings\":{}}", "key \"portMappings\" is not a list"},
        {"[]", "not an object"},
        {"null", "not an object"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        PP_AUTO(pp_json_unref) pp_json *v = parse(cases[i].text);
        ppc_ctr_config *c = NULL;
        pp_err err = {0, 0, ""};

        assert_int_equal(ppc_ctr_config_decode(v, &c, &err), -PP_E_CORRUPT);
        assert_null(c);
        assert_non_null(strstr(err.msg, cases[i].says));
    }
}

static void
test_state_names(void **state)
{
    (void)state;
    assert_string_equal(ppc_ctr_state_name(PPC_CTR_RUNNING), "running");
    assert_string_equal(ppc_ctr_state_name(PPC_CTR_STOPPED), "exited");
    assert_string_equal(ppc_ctr_state_name(PPC_CTR_EXITED), "exited");
    assert_string_equal(ppc_ctr_state_name(-3), "bad state");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field_goes_there_and_back),
        cmocka_unit_test(test_empty_fields_are_left_out),
        cmocka_unit_test(test_unknown_missing_and_null_are_fine),
        cmocka_unit_test(test_a_wrong_type_names_its_key),
        cmocka_unit_test(test_state_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
