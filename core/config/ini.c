/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/config/ini.c - inih fed line by line; see ini.h */
#include "core/config/ini.h"

#include <ini.h>
#include <string.h>

#include <polypod/codes.h>

#include "core/util/str.h"

/* What inih keeps of a section's name, at most. */
#define SECTION_MAX 49
/* Less room for a line than this, and nothing useful fits. */
#define ROOM_MIN 64

#define BLANK " \t"

struct parser {
    const ppc_ini_events *events;
    char *next; /* the unread rest */
    char *end;
    unsigned line;
    /* the line inih has now */
    char *text;      /* without indentation and line end; NULL: none */
    bool indented;   /* it began with white space */
    bool called;     /* inih reported a value of it */
    bool probing;    /* the line is ours, to learn the section's name */
    char *exchanged; /* the value that did not fit, or NULL */
    /* the key that an indented line continues; empty: none */
    ppc_str name;
    ppc_str value;
};

/* Where inih would see one of chars, or a comment behind white space. */
static size_t
find_or_comment(const char *s, const char *chars)
{
    bool blank = false;
    size_t i;

    for (i = 0; s[i] && !strchr(chars, s[i]); i++) {
        if (blank && s[i] == ';')
            break;
        blank = s[i] == ' ' || s[i] == '\t';
    }
    return i;
}

static void
fault(struct parser *p, const char *what)
{
    p->events->fault(p->events->arg, p->line, what);
}

/* The value as it counts: no comment, no white space around it. */
static void
tidy_value(ppc_str *out, const char *s)
{
    size_t n = find_or_comment(s, "");

    while (n && strchr(BLANK, s[n - 1]))
        n--;
    while (n && strchr(BLANK, *s)) {
        s++;
        n--;
    }
    out->n = 0;
    ppc_str_add(out, s, n);
}

/* inih stands behind a header line and says which section it is in. */
static void
take_section(struct parser *p, const char *section)
{
    const char *shown = p->text + 1;
    size_t n = strlen(section);
    const char *rest = shown + n;

    if (n >= SECTION_MAX)
        fault(p, "the section's name is too long");
    else if (strncmp(shown, section, n) || *rest != ']')
        fault(p, "the section's header has no \"]\"");
    else if (rest[1] && !strchr(";#", rest[1 + strspn(rest + 1, BLANK)]))
        fault(p, "there is text behind the section's header");
    else
        p->events->section(p->events->arg, p->line, section);
}

static int
take(void *user, const char *section, const char *name, const char *value)
{
    struct parser *p = user;
    ppc_ini_value v = {.line = p->line};

    if (!name || !value)
        return 1;
    p->called = true;
    if (p->probing) {
        take_section(p, section);
        return 1;
    }
    v.more = p->indented && p->name.n;
    if (!v.more) {
        p->name.n = 0;
        ppc_str_puts(&p->name, name);
    }
    tidy_value(&p->value, p->exchanged ? p->exchanged : value);
    v.name = ppc_str_get(&p->name);
    v.text = ppc_str_get(&p->value);
    if (!v.name || !v.text)
        return 1;
    if (!*v.name)
        fault(p, "there is no name before \"=\"");
    else
        p->events->value(p->events->arg, &v);
    return 1;
}

/* The next line of the file into p->text: false at the end. */
static bool
next_line(struct parser *p)
{
    char *start = p->next;
    char *stop;
    char *c;

    if (start == p->end)
        return false;
    stop = memchr(start, '\n', (size_t)(p->end - start));
    p->next = stop ? stop + 1 : p->end;
    if (!stop)
        stop = p->end;
    p->line++;
    while (stop > start && strchr(" \t\r", stop[-1]) && stop[-1])
        stop--;
    *stop = '\0';
    p->text = start + strspn(start, BLANK);
    p->indented = p->text > start;
    if (stop - start > PPC_INI_LINE_MAX) {
        fault(p, "the line is longer than 65536 bytes");
        *p->text = '\0';
        return true;
    }
    for (c = start; c < stop; c++) {
        if ((unsigned char)*c >= 0x20 && *c != 0x7f)
            continue;
        if (*c == '\t')
            continue;
        fault(p, *c ? "the line holds a control character"
                    : "the line holds a NUL byte");
        *p->text = '\0';
        return true;
    }
    return true;
}

/* How much of a long line inih gets: up to "]" or "=", 0 for nothing. */
static size_t
fit_line(struct parser *p, size_t room)
{
    const char *head = *p->text == '[' ? "]" : "=:";
    size_t n = find_or_comment(p->text, head);

    if (!p->text[n] || p->text[n] == ';') {
        fault(p, *head == ']' ? "the section's header has no \"]\""
                              : "there is no \"=\" in the line");
        return 0;
    }
    if (n + 1 > room) {
        fault(p, "the name is too long");
        return 0;
    }
    if (*head != ']')
        p->exchanged = p->text + n + 1;
    return n + 1;
}

/* Lay p->text out for inih in num bytes: false when it need not see it. */
static bool
lay_out(struct parser *p, char *str, size_t num)
{
    size_t n = strlen(p->text);
    size_t room = num - 4; /* indentation, a stand-in value, "\n", NUL */
    size_t at = 0;

    p->called = false;
    p->exchanged = NULL;
    if (!n || *p->text == ';' || *p->text == '#')
        return false;
    if (p->indented)
        str[at++] = ' ';
    if (n > room && p->indented && p->name.n) {
        p->exchanged = p->text;
        n = 0;
    } else if (n > room) {
        n = fit_line(p, room);
        if (!n)
            return false;
    }
    memcpy(str + at, p->text, n);
    at += n;
    if (p->exchanged)
        str[at++] = '0';
    str[at++] = '\n';
    str[at] = '\0';
    return true;
}

/* The line before is done: true when inih must be asked for its section. */
static bool
judge_line(struct parser *p)
{
    bool header = p->text && *p->text == '[' && !p->called;

    if (p->text && !p->called && !header)
        fault(p, "there is no \"=\" in the line");
    if (!header)
        p->text = NULL;
    return header;
}

/* The stream: inih asks for the next line. */
static char *
read_line(char *str, int num, void *stream)
{
    struct parser *p = stream;

    if (num < ROOM_MIN)
        return NULL;
    if (p->probing)
        p->text = NULL;
    p->probing = judge_line(p);
    if (p->probing) {
        p->name.n = 0;
        return memcpy(str, "=\n", 3);
    }
    while (next_line(p))
        if (lay_out(p, str, (size_t)num))
            return str;
    p->text = NULL;
    return NULL;
}

int
ppc_ini_parse(char *data, size_t n, const ppc_ini_events *events)
{
    struct parser p = {.events = events, .next = data, .end = data + n};
    bool nomem;

    if (n >= 3 && !memcmp(data, "\xef\xbb\xbf", 3))
        p.next += 3;
    nomem = ini_parse_stream(read_line, &p, take, &p) == -2;
    nomem = nomem || p.name.nomem || p.value.nomem;
    ppc_str_clear(&p.name);
    ppc_str_clear(&p.value);
    return nomem ? -PP_E_NOMEM : 0;
}
