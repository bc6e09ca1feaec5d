/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/sqlite_parts.c - checksums and witness of state-sqlite
 *
 * The files of the plugin are part of this program.  What they keep on a disk
 * is a format: the numbers below may not change.
 */
#include "plugins/state-sqlite/lite.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD 24
#define FRAME (HEAD + LITE_PAGE)

static void
no_log(pp_host_ctx *ctx, uint32_t level, const char *fmt, va_list ap)
{
    (void)ctx;
    (void)level;
    (void)fmt;
    (void)ap;
}

static void
fill(unsigned char page[LITE_PAGE])
{
    for (unsigned i = 0; i < LITE_PAGE; i++)
        page[i] = (unsigned char)(i * 7 + i / 256);
}

static void
test_format(void **state)
{
    unsigned char page[LITE_PAGE];
    uint64_t word = 0;

    (void)state;
    fill(page);
    lite_page_sign(page, 7);
    for (int i = LITE_SUM - 1; i >= 0; i--)
        word = word << 8 | page[LITE_PAGE - LITE_SUM + i];
    assert_int_equal(word, UINT64_C(0x3ec54348738075b3));
}

static void
test_page(void **state)
{
    unsigned char page[LITE_PAGE] = "";

    (void)state;
    for (uint32_t n = 1; n < 1000; n++)
        assert_false(lite_page_is_sound(page, n));
    fill(page);
    lite_page_sign(page, 7);
    assert_true(lite_page_is_sound(page, 7));
    assert_false(lite_page_is_sound(page, 8));
    assert_false(lite_page_is_sound(page, 0));
    for (unsigned bit = 0; bit < 8 * LITE_PAGE; bit++) {
        page[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_false(lite_page_is_sound(page, 7));
        page[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}

/* A log as SQLite writes it, from its 32 bytes of head on; size in *n. */
static unsigned char *
read_log(size_t *n)
{
    char dir[] = "/tmp/sqlite-parts.XXXXXX", path[64], log[64];
    unsigned char *p;
    struct stat st;
    sqlite3 *db;
    int fd;

    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/db", dir);
    snprintf(log, sizeof log, "%s/db-wal", dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db,
                     "PRAGMA page_size=4096;PRAGMA journal_mode=WAL;"
                     "CREATE TABLE t(a);INSERT INTO t VALUES(randomblob(9000));"
                     "DELETE FROM t",
                     NULL, NULL, NULL),
        SQLITE_OK);
    fd = open(log, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    *n = (size_t)st.st_size;
    p = malloc(*n);
    assert_non_null(p);
    assert_int_equal(read(fd, p, *n), *n);
    close(fd);
    sqlite3_close(db);
    unlink(path);
    assert_int_equal(rmdir(dir), 0);
    return p;
}

static void
test_frames(void **state)
{
    size_t n, at;
    unsigned char *log = read_log(&n), *before = log + 8;

    (void)state;
    assert_true(n > 32 + 4 * FRAME);
    for (at = 32; at + FRAME <= n; at += FRAME) {
        unsigned char *head = log + at, *page = head + HEAD;
        unsigned i;

        assert_true(lite_frame_is_sound(before, head, page));
        assert_false(lite_frame_is_sound(head, head, page));
        for (i = 0; i < FRAME; i++) {
            head[i] ^= 0x10;
            assert_false(lite_frame_is_sound(before, head, page));
            head[i] ^= 0x10;
        }
        before = head;
    }
    free(log);
}

/* The other byte order: both words of the sum of a page of ones differ. */
static void
test_foreign_frame(void **state)
{
    unsigned char before[HEAD] = "", head[HEAD] = "", page[LITE_PAGE];
    uint32_t sum[2] = {0, 0};
    unsigned i;

    (void)state;
    memset(page, 0, sizeof page);
    page[0] = 1;
    for (i = 0; i < (8 + LITE_PAGE) / 8; i++) {
        sum[0] += (i == 1 ? 0x01000000u : 0) + sum[1]; /* big-endian */
        sum[1] += sum[0];
    }
    for (i = 0; i < 4; i++) {
        head[16 + i] = (unsigned char)(sum[0] >> (24 - 8 * i));
        head[20 + i] = (unsigned char)(sum[1] >> (24 - 8 * i));
    }
    assert_true(lite_frame_is_sound(before, head, page));
    page[0] = 2;
    assert_false(lite_frame_is_sound(before, head, page));
}

static void
test_witness(void **state)
{
    char path[] = "/tmp/sqlite-witness.XXXXXX", junk[600];
    pp_host host = {.vlog = no_log};
    lite s = {.host = &host, .commits = path, .witness = -1};
    uint64_t n;

    (void)state;
    close(mkstemp(path));
    assert_int_equal(lite_witness_read(&s), 0);
    lite_witness_write(&s, 1); /* nothing to write to */
    lite_witness_open(&s);
    assert_true(s.witness >= 0);
    assert_int_equal(lite_witness_read(&s), 0);
    for (n = 1; n <= 100; n++) {
        lite_witness_write(&s, n);
        assert_int_equal(lite_witness_read(&s), n);
    }
    lite_witness_write(&s, 99); /* somebody late */
    lite_witness_write(&s, 70);
    assert_int_equal(lite_witness_read(&s), 100);
    assert_int_equal(pwrite(s.witness, "x", 1, 16 * (100 % 32) + 3), 1);
    assert_int_equal(lite_witness_read(&s), 99);
    lite_witness_write(&s, UINT64_C(1) << 40);
    assert_int_equal(lite_witness_read(&s), UINT64_C(1) << 40);
    memset(junk, 0xa5, sizeof junk);
    assert_int_equal(pwrite(s.witness, junk, sizeof junk, 0), sizeof junk);
    assert_int_equal(lite_witness_read(&s), 0);
    lite_witness_write(&s, 5);
    assert_int_equal(lite_witness_read(&s), 5);
    assert_int_equal(ftruncate(s.witness, 16 * 5 + 15), 0);
    assert_int_equal(lite_witness_read(&s), 0);
    close(s.witness);
    unlink(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format),        cmocka_unit_test(test_page),
        cmocka_unit_test(test_frames),        cmocka_unit_test(test_witness),
        cmocka_unit_test(test_foreign_frame),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
