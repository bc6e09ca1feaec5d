/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/container/logline.h - the lines of the log that conmon writes
 *
 * "<RFC 3339 time> <stdout|stderr> <P|F> <text>": P pieces of a stream go on
 * in that stream's next line, F ends it.  Lines of the two streams may lie
 * between each other's.
 */
#ifndef ENGINE_CONTAINER_LOGLINE_H
#define ENGINE_CONTAINER_LOGLINE_H

#include <sys/types.h>

#include <polypod/container.h>

#define PPC_LOG_STREAMS 3 /* 1 and 2 are used */

/* Read a line of n bytes, without its newline; out borrows from it. 0, or -1
 * for one that does not have the form. */
int ppc_log_line_parse(const char *line, size_t n, pp_log_line *out);

/*
 * Where in the file do the last n whole lines begin?
 *
 * A line that is not finished in its stream counts as one; bytes behind the
 * last newline are none yet.
 *
 * from     receives for each stream the place of the first line that is of
 *          the tail: what lies before it is not, what lies behind it is
 * returns  0 | -PP_E_IO
 */
int ppc_log_tail(int fd, int64_t n, off_t from[PPC_LOG_STREAMS], pp_err *err);

#endif
