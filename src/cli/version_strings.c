#include "cli/version_strings.h"

#include "base/jsonx.h"
#include "base/text.h"
#include "version/pep440.h"
#include "version/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_LIMIT 8192

/* One of them, under either scheme. */
typedef struct {
    char *input;
    char *problem; /* NULL: it is a version */
    Version *semver;
    Pep440 *pep440;
    guint number; /* which, from 1 */
} Text;

static void text_free(Text *text) {
    g_free(text->input);
    g_free(text->problem);
    g_clear_pointer(&text->semver, version_free);
    g_clear_pointer(&text->pep440, pep440_free);
    g_free(text);
}

bool version_strings_is(const char *word) {
    static const char *const words[] = {"parse", "compare", "sort", NULL};
    return word != NULL && g_strv_contains(words, word);
}

/* ---- reading ---- */

static Text *read_text(const char *input, bool pep440, guint number) {
    Text *text = g_new0(Text, 1);
    GError *problem = NULL;
    *text = (Text){.input = g_strdup(input), .number = number};
    if (pep440)
        text->pep440 = pep440_parse(input, &problem);
    else
        text->semver = version_parse(input, &problem);
    if (problem != NULL)
        text->problem = g_strdup(error_get_why(problem));
    g_clear_error(&problem);
    return text;
}

/* A line may hold anything; one with a NUL or of more than the limit is no version. */
static void read_lines(GPtrArray *texts, bool pep440) {
    char *line = NULL;
    size_t room = 0;
    ssize_t length = 0;
    while ((length = getline(&line, &room, stdin)) >= 0) {
        gsize size = (gsize)length;
        while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r'))
            line[--size] = '\0';
        bool odd = size > LINE_LIMIT || memchr(line, '\0', size) != NULL;
        Text *text = read_text(odd ? "?" : line, pep440, texts->len + 1);
        if (odd) {
            g_free(text->input);
            text->input = g_strndup(line, MIN(size, LINE_LIMIT));
        }
        g_ptr_array_add(texts, text);
    }
    free(line);
}

static GPtrArray *read_all(char **args, bool pep440) {
    GPtrArray *texts = g_ptr_array_new_with_free_func((GDestroyNotify)text_free);
    for (guint i = 0; args[i] != NULL; i++) {
        if (g_str_equal(args[i], "-"))
            read_lines(texts, pep440);
        else
            g_ptr_array_add(texts, read_text(args[i], pep440, texts->len + 1));
    }
    return texts;
}

/* ---- saying ---- */

static char *normal_form(const Text *text) {
    return text->semver != NULL ? version_to_string(text->semver) : text->pep440 != NULL ? pep440_to_string(text->pep440) : NULL;
}

static json_t *semver_json(const Version *version) {
    return json_pack("{s: I, s: I, s: I, s: s?, s: s?}", "major", (json_int_t)version->major, "minor", (json_int_t)version->minor, "patch",
                     (json_int_t)version->patch, "pre", version->pre, "build", version->build);
}

static json_t *strings(const GPtrArray *list) {
    json_t *array = json_array();
    for (guint i = 0; list != NULL && i < list->len; i++)
        json_array_append_new(array, json_string(g_ptr_array_index(list, i)));
    return array;
}

/* Numbers as text: they have no limit there. */
static json_t *pep440_json(const Pep440 *version) {
    g_autofree char *pre = version->pre != NULL ? g_strconcat(version->pre_word, version->pre, NULL) : NULL;
    return json_pack("{s: s, s: o, s: s?, s: s?, s: s?, s: o}", "epoch", version->epoch, "release", strings(version->release), "pre", pre, "post",
                     version->post, "dev", version->dev, "local", strings(version->local));
}

static json_t *text_json(const Text *text) {
    g_autofree char *normal = normal_form(text);
    bool pre = text->semver != NULL ? version_is_prerelease(text->semver) : text->pep440 != NULL && pep440_is_prerelease(text->pep440);
    json_t *row =
        json_pack("{s: o, s: b, s: s?, s: b}", "input", jsonx_text(text->input), "valid", text->problem == NULL, "normalized", normal, "prerelease", (int)pre);
    if (text->problem != NULL)
        json_object_set_new(row, "error", jsonx_text(text->problem));
    else
        json_object_update_new(row, text->semver != NULL ? semver_json(text->semver) : pep440_json(text->pep440));
    return row;
}

static void print_json(const GPtrArray *texts) {
    json_t *rows = json_array();
    for (guint i = 0; i < texts->len; i++)
        json_array_append_new(rows, text_json(g_ptr_array_index(texts, i)));
    g_autoptr(json_t) document = json_pack("{s: i, s: o}", "schema", 1, "versions", rows);
    g_autofree char *text = jsonx_pretty(document);
    fputs(text, stdout);
}

static bool all_valid(const GPtrArray *texts, GError **error) {
    for (guint i = 0; i < texts->len; i++) {
        const Text *text = g_ptr_array_index(texts, i);
        if (text->problem == NULL)
            continue;
        g_autofree char *shown = text_escape(text->input, (gssize)strnlen(text->input, 100), false);
        error_set(error, ERROR_BAD_VERSION, "number %u, '%s', is not a version", text->number, shown);
        error_why(error, "%s", text->problem);
        error_state(error, "nothing was compared");
        error_fix(error, "see which are: slipway version parse");
        return false;
    }
    return true;
}

/* ---- the three ---- */

static int parse(const GPtrArray *texts, bool json, GError **error) {
    (void)error;
    bool valid = true;
    for (guint i = 0; i < texts->len; i++) {
        const Text *text = g_ptr_array_index(texts, i);
        g_autofree char *normal = normal_form(text);
        valid = valid && normal != NULL;
        if (!json)
            puts(normal != NULL ? normal : "invalid");
    }
    if (json)
        print_json(texts);
    return valid ? 0 : 1;
}

static int order_of(const Text *a, const Text *b) {
    int order = a->semver != NULL ? version_compare(a->semver, b->semver) : pep440_compare(a->pep440, b->pep440);
    return order < 0 ? -1 : order > 0 ? 1 : 0;
}

static int compare(const GPtrArray *texts, bool json, GError **error) {
    if (texts->len != 2) {
        error_set(error, ERROR_USAGE, "compare wants two versions, not %u", texts->len);
        error_fix(error, "slipway version compare 1.2.0 1.10.0");
        return 0;
    }
    if (!all_valid(texts, error))
        return 0;
    int order = order_of(g_ptr_array_index(texts, 0), g_ptr_array_index(texts, 1));
    if (json)
        printf("{\"schema\": 1, \"order\": %d}\n", order);
    else
        puts(order < 0 ? "<" : order > 0 ? ">" : "=");
    return 0;
}

/* Those of equal rank stay in the order they came in. */
static int lowest_first(gconstpointer a, gconstpointer b) {
    const Text *first = *(const Text *const *)a, *second = *(const Text *const *)b;
    int order = order_of(first, second);
    return order != 0 ? order : first->number < second->number ? -1 : first->number > second->number ? 1 : 0;
}

static int sort(GPtrArray *texts, bool json, GError **error) {
    if (!all_valid(texts, error))
        return 0;
    g_ptr_array_sort(texts, lowest_first);
    for (guint i = 0; !json && i < texts->len; i++)
        puts(((const Text *)g_ptr_array_index(texts, i))->input);
    if (json)
        print_json(texts);
    return 0;
}

int version_strings(char **args, const char *scheme, bool json, GError **error) {
    static const char *const schemes[] = {"semver", "pep440", NULL};
    if (scheme != NULL && !g_strv_contains(schemes, scheme)) {
        error_set(error, ERROR_USAGE, "there is no scheme %s", scheme);
        error_fix(error, "--scheme semver or --scheme pep440");
        return 0;
    }
    if (args[1] == NULL) {
        error_set(error, ERROR_USAGE, "%s what? versions, or - for one a line on standard input", args[0]);
        error_fix(error, "slipway version %s 1.2.0 1.10.0", args[0]);
        return 0;
    }
    g_autoptr(GPtrArray) texts = read_all(args + 1, g_strcmp0(scheme, "pep440") == 0);
    if (g_str_equal(args[0], "parse"))
        return parse(texts, json, error);
    return g_str_equal(args[0], "compare") ? compare(texts, json, error) : sort(texts, json, error);
}
