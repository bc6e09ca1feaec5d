/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/gen/docgen.c - manual pages and bash completion from the tables
 *
 * docgen man DIR     polypod.1 and polypod-NAME.1 in DIR
 * docgen bash        the completion, on standard output
 * docgen list        the names of the pages
 *
 * Runs while the project is built, so that help, manual and completion
 * cannot say different things.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"

#define PAGE_DATE "November 22, 2026"

/* One line of text as mdoc: no line may look like a request. */
static void
put_text(FILE *out, const char *s)
{
    bool start = true;

    for (; *s; s++) {
        if (start && (*s == '.' || *s == '\''))
            fputs("\\&", out);
        if (*s == '\\')
            fputs("\\e", out);
        else if (*s == '-')
            fputs("\\-", out);
        else
            fputc(*s, out);
        start = *s == '\n';
    }
}

/* Sentences begin on new lines, paragraphs become .Pp. */
static void
put_paragraphs(FILE *out, const char *s)
{
    CLI_AUTO(cli_buf_clear) cli_buf line = CLI_BUF_INIT;

    for (; *s; s++) {
        bool sentence = (*s == '.' || *s == ':') && s[1] == ' ' &&
                        isupper((unsigned char)s[2]);

        if (strncmp(s, "\n\n", 2) == 0) {
            put_text(out, cli_buf_get(&line));
            fputs("\n.Pp\n", out);
            cli_buf_clear(&line);
            s++;
            continue;
        }
        cli_buf_putc(&line, *s);
        if (!sentence)
            continue;
        put_text(out, cli_buf_get(&line));
        fputc('\n', out);
        cli_buf_clear(&line);
        s++;
    }
    put_text(out, cli_buf_get(&line));
    fputc('\n', out);
}

/* Words of a synopsis as an argument of one macro. */
static void
put_quoted(FILE *out, const char *s)
{
    fputc('"', out);
    for (; *s; s++) {
        if (*s == '-')
            fputs("\\-", out);
        else
            fputc(*s, out);
    }
    fputc('"', out);
}

static void
put_flag(FILE *out, const cli_flag *f)
{
    fputs(".It ", out);
    if (f->letter)
        fprintf(out, "Fl %c , ", f->letter);
    fputs("Fl \\-", out);
    put_text(out, f->name);
    if (f->arg) {
        fputs(" Ar ", out);
        put_quoted(out, f->arg);
    }
    fputc('\n', out);
    put_text(out, f->help);
    if (f->def)
        fprintf(out, "; by default %s", f->def);
    fputs(".\n", out);
}

static void
put_flags(FILE *out, const cli_flag *flags)
{
    const cli_flag **sorted = NULL;
    size_t n = cli_flags_sorted(flags, &sorted);

    if (n)
        fputs(".Bl -tag -width indent\n", out);
    for (size_t i = 0; i < n; i++)
        put_flag(out, sorted[i]);
    if (n)
        fputs(".El\n", out);
    free(sorted);
}

static void
put_head(FILE *out, const char *title, const char *name, const char *summary)
{
    CLI_AUTO_FREE char *low = cli_dup(summary);

    if (!isupper((unsigned char)low[1]))
        low[0] = (char)tolower((unsigned char)low[0]);
    fprintf(out,
            ".\\\" SPDX-License-Identifier: LGPL-2.1-or-later\n"
            ".\\\" Generated from the tables of the command.\n"
            ".Dd %s\n.Dt %s 1\n.Os\n.Sh NAME\n.Nm %s\n.Nd ",
            PAGE_DATE, title, name);
    put_text(out, low);
    fputc('\n', out);
}

static void
put_synopsis(FILE *out, const char *path, const cli_cmd *cmd)
{
    const char *verb = strchr(path, ' ');

    fputs(".Nm polypod\n", out);
    fprintf(out, ".Cm %s\n", verb + 1);
    if (cmd->flags)
        fputs(".Op Ar flags\n", out);
    if (*cmd->args) {
        fputs(".Li ", out);
        put_quoted(out, cmd->args);
        fputc('\n', out);
    }
}

static void
put_examples(FILE *out, const char *examples)
{
    fputs(".Sh EXAMPLES\n.Bd -literal -offset indent\n", out);
    while (*examples) {
        size_t n = strcspn(examples, "\n");
        CLI_AUTO_FREE char *line = cli_dup_n(examples, n);

        fputs("$ ", out);
        put_text(out, line);
        fputc('\n', out);
        examples += n + (examples[n] == '\n');
    }
    fputs(".Ed\n", out);
}

/* The commands of a group that have no page of their own. */
static void
put_group(FILE *out, const char *path, const cli_cmd *group)
{
    for (const cli_cmd *const *list = group->sub; *list; list++) {
        const cli_cmd *cmd = *list;
        CLI_AUTO_FREE char *inner = cli_sprintf("%s %s", path, cmd->name);

        if (cli_cmd_find(cli_commands, cmd->name) == cmd)
            continue;
        fprintf(out, ".Ss %s\n", inner);
        put_synopsis(out, inner, cmd);
        fputs(".Pp\n", out);
        put_text(out, cmd->summary);
        fputs(".\n", out);
        if (cmd->about)
            put_paragraphs(out, cmd->about);
        if (cmd->flags)
            put_flags(out, cmd->flags);
        if (cmd->exits) {
            fputs(".Pp\nExit status: ", out);
            put_text(out, cmd->exits);
            fputs(".\n", out);
        }
        if (cmd->sub)
            put_group(out, inner, cmd);
    }
}

static void
put_exit(FILE *out, const char *exits)
{
    fputs(".Sh EXIT STATUS\n", out);
    if (exits) {
        put_text(out, exits);
        fputs(".\n", out);
        return;
    }
    fputs("0 on success, 125 on a failure.\n", out);
}

static void
put_cmd_page(FILE *out, const cli_cmd *cmd)
{
    CLI_AUTO_FREE char *path = cli_sprintf("polypod %s", cmd->name);
    CLI_AUTO_FREE char *name = cli_sprintf("polypod-%s", cmd->name);
    CLI_AUTO_FREE char *title = cli_dup(name);

    for (char *c = title; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    put_head(out, title, name, cmd->summary);
    fputs(".Sh SYNOPSIS\n", out);
    put_synopsis(out, path, cmd);
    fputs(".Sh DESCRIPTION\n", out);
    put_paragraphs(out, cmd->about);
    if (cmd->sub)
        put_group(out, path, cmd);
    if (cmd->flags) {
        fputs(".Pp\nThe flags are:\n", out);
        put_flags(out, cmd->flags);
    }
    put_exit(out, cmd->exits);
    if (cmd->examples)
        put_examples(out, cmd->examples);
    fputs(".Sh SEE ALSO\n.Xr polypod 1 ,\n.Xr polypod.conf 5\n", out);
}

static const char templates[] =
    "The flag\n.Fl \\-format\nof several commands takes a template, a subset "
    "of the language of Go's text/template: text in which actions between "
    "double braces are replaced.\n"
    "Outside of actions \\et is a tab and \\en a newline.\n"
    "A template that begins with the word table is shown in columns, with a "
    "line of titles.\n"
    ".Bl -tag -width indent\n"
    ".It Li {{.State.Pid}}\nA field; names are case-sensitive.\n"
    ".It Li {{if .Pid}}A{{else if .Exited}}B{{else}}C{{end}}\nA choice.\n"
    ".It Li {{range $k, $v := .Labels}}{{$k}}={{$v}} {{end}}\n"
    "Every item of a list or map; break and continue are known.\n"
    ".It Li {{with .Pod}}{{.}}{{end}}\nIf it is not empty, as the dot.\n"
    ".It Li {{$x := .ID}}{{$x}}\nA variable.\n"
    ".It Li {{.Names | upper | printf \\(dq%\\-20s\\(dq}}\nA pipeline.\n"
    ".It Li {{\\- /* comment */ \\-}}\n"
    "A comment; dashes remove the white space on their side.\n"
    ".El\n.Pp\nThe functions are and, eq, ge, gt, index, join, json, le, len, "
    "lower, lt, ne, not, or, pad, print, printf, println, split, title, "
    "truncate and upper.\n";

static void
put_top_page(FILE *out)
{
    put_head(out, "POLYPOD", "polypod",
             "Run containers; state store, firewall and network are plugins");
    fputs(".Sh SYNOPSIS\n.Nm\n.Op Ar flags\n.Ar command\n.Op Ar arg ...\n"
          ".Sh DESCRIPTION\n",
          out);
    fputs(".Nm\nruns containers with conmon and an OCI runtime.\n"
          "Where it keeps its state, and how it sets up firewall and "
          "network, is the work of plugins that are chosen by\n"
          ".Xr polypod.conf 5 .\n.Pp\n"
          "A container is named by its ID, its name, or the beginning of its "
          "ID if no other begins so.\n.Pp\nThe flags are:\n",
          out);
    put_flags(out, cli_global_flags);
    fputs(".Pp\nThe commands are:\n.Bl -tag -width indent\n", out);
    for (const cli_cmd *const *list = cli_commands; *list; list++) {
        fprintf(out, ".It Xr polypod-%s 1\n", (*list)->name);
        put_text(out, (*list)->summary);
        fputs(".\n", out);
    }
    fputs(".It Cm help Op Ar command\nShow help.\n.El\n", out);
    fputs(".Sh TEMPLATES\n", out);
    fputs(templates, out);
    fputs(".Sh EXIT STATUS\n.Bl -tag -width indent\n"
          ".It 125\n.Nm\nitself failed.\n"
          ".It 126\nThe command of the container cannot be invoked.\n"
          ".It 127\nThe command of the container was not found.\n.El\n.Pp\n"
          "Other codes are those of the container, or are described with a "
          "command.\n",
          out);
    put_examples(out, "polypod run --rm --rootfs /srv/alpine echo hello");
    fputs(".Sh SEE ALSO\n.Xr crun 1 ,\n.Xr polypod.conf 5 ,\n.Xr conmon 8 ,\n"
          ".Xr runc 8\n",
          out);
}

static FILE *
open_page(const char *dir, const char *name)
{
    CLI_AUTO_FREE char *path = cli_sprintf("%s/%s", dir, name);
    FILE *f = fopen(path, "we");

    if (!f)
        fprintf(stderr, "docgen: %s: %s\n", path, strerror(errno));
    return f;
}

static int
write_pages(const char *dir)
{
    FILE *f = open_page(dir, "polypod.1");

    if (!f)
        return 1;
    put_top_page(f);
    if (fclose(f) != 0)
        return 1;
    for (const cli_cmd *const *list = cli_commands; *list; list++) {
        CLI_AUTO_FREE char *name = cli_sprintf("polypod-%s.1", (*list)->name);

        f = open_page(dir, name);
        if (!f)
            return 1;
        put_cmd_page(f, *list);
        if (fclose(f) != 0)
            return 1;
    }
    return 0;
}

static void
put_flag_words(const cli_flag *flags)
{
    for (const cli_flag *f = flags; f && f->name; f++) {
        printf(" --%s", f->name);
        if (f->letter)
            printf(" -%c", f->letter);
    }
}

/* Flags that are followed by a value, as patterns of case. */
static void
put_value_flags(const cli_flag *flags)
{
    for (const cli_flag *f = flags; f && f->name; f++) {
        if (f->kind != CLI_BOOL)
            printf("|--%s", f->name);
        if (f->kind != CLI_BOOL && f->letter)
            printf("|-%c", f->letter);
    }
}

static void
put_cases(const char *path, const cli_cmd *const *list)
{
    for (; *list; list++) {
        CLI_AUTO_FREE char *inner =
            cli_sprintf("%s%s%s", path, *path ? " " : "", (*list)->name);
        bool refs = strstr((*list)->args, "CONTAINER") != NULL;

        printf("    '%s')\n        flags='--help", inner);
        put_flag_words((*list)->flags);
        printf("'\n        valued='--config");
        put_value_flags((*list)->flags);
        printf("'\n        words='");
        for (const cli_cmd *const *s = (*list)->sub; s && *s; s++)
            printf("%s%s", s == (*list)->sub ? "" : " ", (*s)->name);
        printf("'\n        kind=%s\n        ;;\n", refs ? "refs" : "");
        if ((*list)->sub)
            put_cases(inner, (*list)->sub);
    }
}

static const char bash_head[] =
    "# SPDX-License-Identifier: LGPL-2.1-or-later\n"
    "# bash completion for polypod; generated from the tables of the "
    "command.\n"
    "_polypod_tables()\n{\n    case $1 in\n";

static const char bash_tail[] =
    "    *)\n        return 1\n        ;;\n    esac\n}\n\n"
    "_polypod()\n{\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    local flags valued words kind path='' i word skip=''\n"
    "    local -a globals=()\n"
    "    COMPREPLY=()\n"
    "    _polypod_tables ''\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        if [[ $skip ]]; then\n"
    "            skip=''\n"
    "            continue\n"
    "        fi\n"
    "        if [[ $word == -* ]]; then\n"
    "            [[ \"|$valued|\" == *\"|$word|\"* ]] && skip=1\n"
    "            if [[ -z $path && $skip ]]; then\n"
    "                globals+=(\"$word\" \"${COMP_WORDS[i+1]}\")\n"
    "            fi\n"
    "            continue\n"
    "        fi\n"
    "        [[ \" $words \" == *\" $word \"* ]] || break\n"
    "        path=\"${path:+$path }$word\"\n"
    "        _polypod_tables \"$path\" || return\n"
    "    done\n"
    "    if [[ $skip || $cur == */* ]]; then\n"
    "        COMPREPLY=($(compgen -f -- \"$cur\"))\n"
    "    elif [[ $cur == -* ]]; then\n"
    "        COMPREPLY=($(compgen -W \"$flags\" -- \"$cur\"))\n"
    "    elif [[ $words ]]; then\n"
    "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
    "    elif [[ $kind == refs ]]; then\n"
    "        COMPREPLY=($(compgen -W \"$(polypod \"${globals[@]}\" ps -a \\\n"
    "            --format '{{.Names}}' 2>/dev/null)\" -- \"$cur\"))\n"
    "    else\n"
    "        COMPREPLY=($(compgen -f -- \"$cur\"))\n"
    "    fi\n"
    "}\n\ncomplete -o filenames -F _polypod polypod\n";

static int
write_bash(void)
{
    fputs(bash_head, stdout);
    printf("    '')\n        flags='");
    put_flag_words(cli_global_flags);
    printf("'\n        valued='--config");
    put_value_flags(cli_global_flags);
    printf("'\n        words='help");
    for (const cli_cmd *const *list = cli_commands; *list; list++)
        printf(" %s", (*list)->name);
    printf("'\n        kind=\n        ;;\n");
    put_cases("", cli_commands);
    fputs(bash_tail, stdout);
    return fflush(stdout) == 0 ? 0 : 1;
}

static int
write_list(void)
{
    puts("polypod.1");
    for (const cli_cmd *const *list = cli_commands; *list; list++)
        printf("polypod-%s.1\n", (*list)->name);
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "man") == 0)
        return write_pages(argv[2]);
    if (argc == 2 && strcmp(argv[1], "bash") == 0)
        return write_bash();
    if (argc == 2 && strcmp(argv[1], "list") == 0)
        return write_list();
    fputs("usage: docgen man DIR | bash | list\n", stderr);
    return 2;
}
