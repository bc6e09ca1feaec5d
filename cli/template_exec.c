/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/template_exec.c - run a parsed template over a value
 */
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "template_int.h"

/* What a list of nodes ended with, beside a negative failure. */
enum { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE };

#define fail_at(x, pos, ...) tpl_fail((x)->err, (x)->t->text, pos, __VA_ARGS__)

static int run_list(tpl_exec *x, const tpl_node *node, const tpl_value *dot);
static int eval_pipe(tpl_exec *x, const tpl_pipe *pipe, const tpl_value *dot,
                     tpl_value *out);

void
tpl_value_clear(tpl_value *v)
{
    pp_json_unref(v->v);
    *v = (tpl_value){NULL, false, false};
}

static tpl_value
share(const tpl_value *v)
{
    tpl_value copy = *v;

    if (copy.v)
        pp_json_ref(copy.v);
    return copy;
}

static void
replace(tpl_value *slot, tpl_value v)
{
    tpl_value_clear(slot);
    *slot = v;
}

/* Objects under these names have keys that are data. */
static bool
is_map_field(const char *name)
{
    static const char *const maps[] = {
        "Annotations",  "BindMounts", "Labels",  "Networks", "Options",
        "PortBindings", "Ports",      "Sysctls", "Tmpfs"};

    for (size_t i = 0; i < sizeof(maps) / sizeof(*maps); i++) {
        if (strcmp(maps[i], name) == 0)
            return true;
    }
    return false;
}

static int
count_step(tpl_exec *x, size_t pos)
{
    if (++x->steps > TPL_MAX_STEPS || x->out->n > TPL_MAX_OUTPUT)
        return fail_at(x, pos, "the template does not come to an end");
    return 0;
}

/* "can't evaluate field X", with the nearest name there is. */
static int
no_field(tpl_exec *x, const tpl_value *in, const tpl_path *field)
{
    cli_near near = cli_near_init(field->name);
    pp_json_iter it = {0};

    while (pp_json_next(in->v, &it))
        cli_near_try(&near, it.key);
    if (near.best)
        return fail_at(x, field->pos,
                       "can't evaluate field %s (did you mean %s?)",
                       field->name, near.best);
    if (!in->v)
        return fail_at(x, field->pos,
                       "can't evaluate field %s: the value is null",
                       field->name);
    return fail_at(x, field->pos, "can't evaluate field %s", field->name);
}

/* Replace the value in v by its field. */
static int
get_field(tpl_exec *x, tpl_value *v, const tpl_path *field)
{
    const char *name = field->name;
    tpl_value found = {NULL, false, is_map_field(name)};

    if (pp_json_type(v->v) != PP_JSON_OBJECT)
        return no_field(x, v, field);
    /* The reference's Go field ID is "Id" in its JSON. */
    if (!pp_json_has(v->v, name) && strcmp(name, "ID") == 0)
        name = "Id";
    if (!pp_json_has(v->v, name)) {
        if (!v->map)
            return no_field(x, v, field);
        found.missing = true;
    } else {
        found.v = pp_json_get(v->v, name);
        if (found.v)
            pp_json_ref(found.v);
    }
    replace(v, found);
    return 0;
}

static tpl_variable *
find_variable(tpl_exec *x, const char *name)
{
    for (size_t i = x->n_vars; i > 0; i--) {
        if (strcmp(x->vars[i - 1].name, name) == 0)
            return &x->vars[i - 1];
    }
    return NULL;
}

static void
push_variable(tpl_exec *x, const char *name, const tpl_value *v)
{
    x->vars = cli_grow(x->vars, x->n_vars + 1, sizeof(*x->vars));
    x->vars[x->n_vars++] = (tpl_variable){name, share(v)};
}

static void
pop_variables(tpl_exec *x, size_t mark)
{
    while (x->n_vars > mark)
        tpl_value_clear(&x->vars[--x->n_vars].value);
}

static int call_function(tpl_exec *x, const tpl_command *command,
                         const tpl_value *dot, const tpl_value *piped,
                         tpl_value *out);

static int
eval_arg(tpl_exec *x, const tpl_arg *arg, const tpl_value *dot, tpl_value *out)
{
    const tpl_variable *variable;
    int rc = 0;

    switch (arg->kind) {
    case ARG_DOT:
        *out = share(dot);
        break;
    case ARG_VARIABLE:
        variable = find_variable(x, arg->name);
        if (!variable)
            return fail_at(x, arg->pos, "undefined variable \"%s\"", arg->name);
        *out = share(&variable->value);
        break;
    case ARG_LITERAL:
        *out = share(&(tpl_value){arg->literal, false, false});
        break;
    case ARG_FUNCTION: {
        tpl_arg alone = *arg;
        tpl_command command = {NULL, &alone, 1};

        alone.next = NULL;
        rc = call_function(x, &command, dot, NULL, out);
        break;
    }
    default:
        rc = eval_pipe(x, arg->pipe, dot, out);
    }
    for (const tpl_path *f = arg->path; rc == 0 && f; f = f->next)
        rc = get_field(x, out, f);
    if (rc < 0)
        tpl_value_clear(out);
    return rc;
}

static bool
decides(const char *name, const tpl_value *v)
{
    return tpl_value_is_true(v->v) == (strcmp(name, "or") == 0);
}

/* The arguments; "and" and "or" stop at the one that decides. */
static int
eval_args(tpl_exec *x, const tpl_command *command, const tpl_value *dot,
          const tpl_value *piped, tpl_call *call)
{
    bool lazy = tpl_function_is_lazy(call->name);

    for (const tpl_arg *a = command->args->next; a; a = a->next) {
        int rc = eval_arg(x, a, dot, &call->args[call->n]);

        if (rc < 0)
            return rc;
        call->n++;
        if (lazy && decides(call->name, &call->args[call->n - 1]))
            return 0;
    }
    if (piped)
        call->args[call->n++] = share(piped);
    return 0;
}

static int
call_function(tpl_exec *x, const tpl_command *command, const tpl_value *dot,
              const tpl_value *piped, tpl_value *out)
{
    tpl_value args[TPL_MAX_ARGS + 1] = {{NULL, false, false}};
    const tpl_function *f = tpl_function_find(command->args->name);
    tpl_call call = {
        .x = x, .name = f->name, .pos = command->args->pos, .args = args};
    size_t given = command->n_args - 1 + (piped != NULL);
    int rc;

    if (given < f->min || given > f->max)
        return fail_at(
            x, call.pos, "wrong number of args for %s: want %s%zu got %zu",
            f->name, f->min == f->max ? "" : "at least ", f->min, given);
    rc = eval_args(x, command, dot, piped, &call);
    if (rc == 0)
        rc = f->call(&call);
    for (size_t i = 0; i < call.n; i++)
        tpl_value_clear(&args[i]);
    if (rc < 0) {
        tpl_value_clear(&call.result);
        return rc;
    }
    *out = call.result;
    return 0;
}

static int
eval_command(tpl_exec *x, const tpl_command *command, const tpl_value *dot,
             const tpl_value *piped, tpl_value *out)
{
    const tpl_arg *first = command->args;

    if (first->kind == ARG_FUNCTION)
        return call_function(x, command, dot, piped, out);
    if (command->n_args > 1 || piped)
        return fail_at(x, first->pos,
                       "can't give argument to something that is no function");
    return eval_arg(x, first, dot, out);
}

static int
assign(tpl_exec *x, const tpl_pipe *pipe, size_t i, const tpl_value *v)
{
    tpl_variable *variable;

    if (!pipe->assign) {
        push_variable(x, pipe->vars[i], v);
        return 0;
    }
    variable = find_variable(x, pipe->vars[i]);
    if (!variable)
        return fail_at(x, pipe->pos, "undefined variable \"%s\"",
                       pipe->vars[i]);
    replace(&variable->value, share(v));
    return 0;
}

/* The value of a pipeline, without its declarations. */
static int
eval_commands(tpl_exec *x, const tpl_pipe *pipe, const tpl_value *dot,
              tpl_value *out)
{
    tpl_value value = {NULL, false, false};
    int rc = count_step(x, pipe->pos);

    if (rc < 0)
        return rc;
    for (const tpl_command *c = pipe->commands; c; c = c->next) {
        tpl_value next = {NULL, false, false};

        rc =
            eval_command(x, c, dot, c == pipe->commands ? NULL : &value, &next);
        tpl_value_clear(&value);
        if (rc < 0)
            return rc;
        value = next;
    }
    *out = value;
    return 0;
}

static int
eval_pipe(tpl_exec *x, const tpl_pipe *pipe, const tpl_value *dot,
          tpl_value *out)
{
    int rc = eval_commands(x, pipe, dot, out);

    if (rc == 0 && pipe->n_vars == 1)
        rc = assign(x, pipe, 0, out);
    return rc;
}

static int
run_action(tpl_exec *x, const tpl_node *node, const tpl_value *dot)
{
    tpl_value value = {NULL, false, false};
    int rc = eval_pipe(x, node->pipe, dot, &value);

    if (rc == 0 && node->pipe->n_vars == 0)
        tpl_value_print(x->out, &value);
    tpl_value_clear(&value);
    return rc;
}

/* if and with. */
static int
run_choice(tpl_exec *x, const tpl_node *node, const tpl_value *dot)
{
    tpl_value value = {NULL, false, false};
    size_t mark = x->n_vars;
    int rc = eval_pipe(x, node->pipe, dot, &value);

    if (rc == 0 && tpl_value_is_true(value.v))
        rc = run_list(x, node->body, node->kind == NODE_WITH ? &value : dot);
    else if (rc == 0)
        rc = run_list(x, node->other, dot);
    pop_variables(x, mark);
    tpl_value_clear(&value);
    return rc;
}

/* One round of a range; takes over neither key nor item. */
static int
run_round(tpl_exec *x, const tpl_node *node, pp_json *key, pp_json *item)
{
    const tpl_pipe *pipe = node->pipe;
    tpl_value k = {key, false, false};
    tpl_value v = {item, false, false};
    size_t mark = x->n_vars;
    int rc = count_step(x, node->pos);

    if (rc == 0 && pipe->n_vars == 2)
        rc = assign(x, pipe, 0, &k);
    if (rc == 0 && pipe->n_vars > 0)
        rc = assign(x, pipe, pipe->n_vars - 1, &v);
    if (rc == 0)
        rc = run_list(x, node->body, &v);
    pop_variables(x, mark);
    return rc;
}

static int
range_array(tpl_exec *x, const tpl_node *node, const pp_json *array)
{
    for (size_t i = 0; i < pp_json_len(array); i++) {
        CLI_AUTO_JSON pp_json *key = cli_json(pp_json_int((int64_t)i));
        int rc;

        rc = run_round(x, node, key, pp_json_at(array, i));
        if (rc < 0 || rc == FLOW_BREAK)
            return rc < 0 ? rc : FLOW_ON;
    }
    return FLOW_ON;
}

/* As in Go, maps are walked in the order of their keys. */
static int
range_object(tpl_exec *x, const tpl_node *node, const pp_json *object)
{
    CLI_AUTO(cli_list_clear) cli_list keys = {NULL, 0};
    pp_json_iter it = {0};

    while (pp_json_next(object, &it))
        cli_list_add(&keys, it.key);
    cli_list_sort(&keys);
    for (size_t i = 0; i < keys.n; i++) {
        CLI_AUTO_JSON pp_json *key = cli_json(pp_json_string(keys.v[i]));
        int rc;

        rc = run_round(x, node, key, pp_json_get(object, keys.v[i]));
        if (rc < 0 || rc == FLOW_BREAK)
            return rc < 0 ? rc : FLOW_ON;
    }
    return FLOW_ON;
}

static int
run_range(tpl_exec *x, const tpl_node *node, const tpl_value *dot)
{
    tpl_value value = {NULL, false, false};
    size_t mark = x->n_vars;
    int type;
    int rc = eval_commands(x, node->pipe, dot, &value);

    if (rc < 0)
        return rc;
    type = pp_json_type(value.v);
    if (type != PP_JSON_ARRAY && type != PP_JSON_OBJECT && type != PP_JSON_NULL)
        rc = fail_at(x, node->pos, "range can't iterate over this value");
    else if (pp_json_len(value.v) == 0)
        rc = run_list(x, node->other, dot);
    else if (type == PP_JSON_ARRAY)
        rc = range_array(x, node, value.v);
    else
        rc = range_object(x, node, value.v);
    pop_variables(x, mark);
    tpl_value_clear(&value);
    return rc;
}

static int
run_node(tpl_exec *x, const tpl_node *node, const tpl_value *dot)
{
    switch (node->kind) {
    case NODE_TEXT:
        cli_buf_add(x->out, node->s, node->n);
        return FLOW_ON;
    case NODE_ACTION:
        return run_action(x, node, dot);
    case NODE_RANGE:
        return run_range(x, node, dot);
    case NODE_BREAK:
        return FLOW_BREAK;
    case NODE_CONTINUE:
        return FLOW_CONTINUE;
    default:
        return run_choice(x, node, dot);
    }
}

static int
run_list(tpl_exec *x, const tpl_node *node, const tpl_value *dot)
{
    for (; node; node = node->next) {
        int rc = run_node(x, node, dot);

        if (rc != FLOW_ON)
            return rc;
    }
    return FLOW_ON;
}

int
cli_template_run(const cli_template *t, pp_json *dot, cli_buf *out, pp_err *err)
{
    tpl_exec x = {.t = t, .out = out, .err = err};
    tpl_value value = {dot, false, false};
    int rc;

    push_variable(&x, "$", &value);
    rc = run_list(&x, t->root, &value);
    pop_variables(&x, 0);
    free(x.vars);
    return rc < 0 ? rc : 0;
}
