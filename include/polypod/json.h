/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * polypod/json.h - JSON values, the one door to the JSON library
 *
 * Numbers are 64-bit exact; keys keep the order they were put in.  A NULL
 * pp_json is JSON's null wherever a value is read.
 *
 * Ownership  new, parse and ref give the caller a reference (pp_json_unref);
 *            get, at and string borrow from the container; put, add take
 *            over the reference, also on failure.
 * Threads    a value belongs to one thread at a time.
 */
#ifndef POLYPOD_JSON_H
#define POLYPOD_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <polypod/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pp_json pp_json;

enum {
    PP_JSON_NULL = 0,
    PP_JSON_BOOL = 1,
    PP_JSON_INT = 2,
    PP_JSON_DOUBLE = 3,
    PP_JSON_STRING = 4,
    PP_JSON_ARRAY = 5,
    PP_JSON_OBJECT = 6
};

/* pp_json_text flags */
#define PP_JSON_PRETTY 0x1u /* indented, a line per member */

/*
 * Parse one value; anything but white space after it is an error.
 *
 * what     names the source in the message
 * returns  0 | -PP_E_CORRUPT (with the offset) | -PP_E_NOMEM
 * since    1.0
 */
PP_API int pp_json_parse(const char *text, size_t n, const char *what,
                         pp_json **out, pp_err *err);

/* Constructors: a new value, or NULL when out of memory.
 * returns  caller owns;  since 1.0 */
PP_API pp_json *pp_json_object(void);
PP_API pp_json *pp_json_array(void);
PP_API pp_json *pp_json_string(const char *s); /* NULL gives "" */
PP_API pp_json *pp_json_string_n(const char *s, size_t n);
PP_API pp_json *pp_json_int(int64_t v);
PP_API pp_json *pp_json_double(double v);
PP_API pp_json *pp_json_bool(bool v);
PP_API pp_json *pp_json_strv(const char *const *v); /* NULL gives [] */
PP_API pp_json *pp_json_ref(pp_json *v);
PP_API void pp_json_unref(pp_json *v);
PP_API pp_json *pp_json_dup(const pp_json *v); /* deep copy */

/* Building: take over v.  returns 0 | -PP_E_NOMEM (also when v is NULL,
 * because its constructor failed);
 * since 1.0 */
PP_API int pp_json_put(pp_json *object, const char *key, pp_json *v);
PP_API int pp_json_put_null(pp_json *object, const char *key);
PP_API int pp_json_add(pp_json *array, pp_json *v);
PP_API void pp_json_del(pp_json *object, const char *key);

/* Reading: wrong types give 0, "" , NULL, false.  Borrowed.  since 1.0 */
PP_API int pp_json_type(const pp_json *v);
PP_API pp_json *pp_json_get(const pp_json *object, const char *key);
/* get through a dotted path: "process.user.uid" */
PP_API pp_json *pp_json_path(const pp_json *object, const char *path);
PP_API bool pp_json_has(const pp_json *object, const char *key);
PP_API const char *pp_json_str(const pp_json *v); /* "" if not a string */
PP_API const char *pp_json_get_str(const pp_json *object, const char *key);
PP_API int64_t pp_json_i64(const pp_json *v);
PP_API int64_t pp_json_get_i64(const pp_json *object, const char *key);
PP_API double pp_json_dbl(const pp_json *v);
PP_API bool pp_json_is_true(const pp_json *v);
PP_API bool pp_json_get_bool(const pp_json *object, const char *key);
PP_API size_t pp_json_len(const pp_json *v); /* of array, object, string */
PP_API pp_json *pp_json_at(const pp_json *array, size_t i);
/* The strings of an array as a NULL-terminated list; caller frees it with
 * pp_json_strv_free.  NULL when out of memory. */
PP_API char **pp_json_get_strv(const pp_json *object, const char *key);
PP_API void pp_json_strv_free(char **v);

/* Walk an object:  pp_json_iter it = {0};
 *                  while (pp_json_next(obj, &it)) use(it.key, it.value); */
typedef struct pp_json_iter {
    const char *key;
    pp_json *value;
    void *pos;
} pp_json_iter;
PP_API bool pp_json_next(const pp_json *object, pp_json_iter *it);

/*
 * The value as text, slashes not escaped.
 *
 * flags    PP_JSON_PRETTY or 0
 * returns  caller frees; NULL when out of memory
 * since    1.0
 */
PP_API char *pp_json_text(const pp_json *v, uint32_t flags);

#ifdef __cplusplus
}
#endif

#endif
