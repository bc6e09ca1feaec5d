/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/help.c - help texts from the tables
 */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

static void
print_flag(FILE *out, const cli_flag *f, int width)
{
    CLI_AUTO_FREE char *name = cli_sprintf(
        "--%s%s%s", f->name, f->arg ? " " : "", f->arg ? f->arg : "");

    if (f->letter)
        fprintf(out, "  -%c, %-*s  %s", f->letter, width, name, f->help);
    else
        fprintf(out, "      %-*s  %s", width, name, f->help);
    if (f->def)
        fprintf(out, " (default %s)", f->def);
    fputc('\n', out);
}

static int
flag_width(const cli_flag *flags)
{
    size_t width = 0;

    for (const cli_flag *f = flags; f->name; f++) {
        size_t n = strlen(f->name) + 2 + (f->arg ? strlen(f->arg) + 1 : 0);

        if (n > width)
            width = n;
    }
    return (int)width;
}

static void
print_flags(FILE *out, const char *title, const cli_flag *flags)
{
    const cli_flag **sorted = NULL;
    size_t n = cli_flags_sorted(flags, &sorted);
    int width = flag_width(flags);

    fprintf(out, "\n%s:\n", title);
    for (size_t i = 0; i < n; i++)
        print_flag(out, sorted[i], width);
    free(sorted);
}

static void
print_commands(FILE *out, const cli_cmd *const *list)
{
    fputs("\nCommands:\n", out);
    for (; *list; list++)
        fprintf(out, "  %-11s %s\n", (*list)->name, (*list)->summary);
}

/* Lines of a text, indented. */
static void
print_indented(FILE *out, const char *title, const char *text)
{
    fprintf(out, "\n%s:\n", title);
    while (*text) {
        size_t n = strcspn(text, "\n");

        fprintf(out, "  %.*s\n", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

void
cli_help_top(FILE *out)
{
    fputs("Run containers; state store, firewall and network are plugins\n\n"
          "Usage:\n  polypod [FLAGS] COMMAND [ARG...]\n",
          out);
    print_commands(out, cli_commands);
    print_flags(out, "Flags", cli_global_flags);
    fputs("\nUse \"polypod COMMAND --help\" for the flags of a command.\n",
          out);
}

void
cli_help_cmd(FILE *out, const char *path, const cli_cmd *cmd)
{
    fprintf(out, "%s\n\nUsage:\n  %s%s%s%s\n", cmd->summary, path,
            cmd->flags ? " [FLAGS]" : "", *cmd->args ? " " : "", cmd->args);
    if (cmd->about)
        fprintf(out, "\n%s\n", cmd->about);
    if (cmd->sub)
        print_commands(out, cmd->sub);
    if (cmd->flags)
        print_flags(out, "Flags", cmd->flags);
    if (cmd->examples)
        print_indented(out, "Examples", cmd->examples);
    if (cmd->exits)
        fprintf(out, "\nExit status:\n  %s\n", cmd->exits);
}
