#include "cli/version_strings.h"

#include "base/jsonx.h"
#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/sink.h"
#include "version/scheme.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_LIMIT 8192
#define CHUNK 65536
#define LOOK_FOR_CTRL_C 200 /* milliseconds */

typedef struct {
    char *input;         /* as it came; UTF-8 without NUL where it is no version */
    char *problem;       /* NULL: it is a version */
    AnyVersion *version; /* NULL: it is none */
    guint place;         /* which of the lines or of the arguments, from 1 */
    bool is_line;
    guint number; /* which of all, from 1 */
} Text;

typedef struct {
    VersionScheme scheme;
    bool json;
    GPtrArray *kept; /* of Text; NULL: each is printed as it comes, so that endless input needs no memory */
    guint count, printed;
    bool invalid; /* one was */
} Job;

static void text_free(Text *text) {
    g_free(text->input);
    g_free(text->problem);
    g_clear_pointer(&text->version, any_version_free);
    g_free(text);
}

/* ---- saying ---- */

static json_t *strings(const GPtrArray *list) {
    json_t *array = json_array();
    for (guint i = 0; list != NULL && i < list->len; i++)
        json_array_append_new(array, json_string(g_ptr_array_index(list, i)));
    return array;
}

static json_t *semver_json(const Version *version) {
    return json_pack("{s: I, s: I, s: I, s: s?, s: s?}", "major", (json_int_t)version->major, "minor", (json_int_t)version->minor, "patch",
                     (json_int_t)version->patch, "pre", version->pre, "build", version->build);
}

/* Numbers as text: they have no limit there. */
static json_t *pep440_json(const Pep440 *version) {
    g_autofree char *pre = version->pre != NULL ? g_strconcat(version->pre_word, version->pre, NULL) : NULL;
    return json_pack("{s: s, s: o, s: s?, s: s?, s: s?, s: o}", "epoch", version->epoch, "release", strings(version->release), "pre", pre, "post",
                     version->post, "dev", version->dev, "local", strings(version->local));
}

static json_t *text_json(const Text *text) {
    g_autofree char *normal = text->version != NULL ? any_version_to_string(text->version) : NULL;
    bool pre = text->version != NULL && any_version_is_prerelease(text->version);
    json_t *row = json_pack("{s: o, s: b, s: s?, s: b}", "input", jsonx_text(text->input), "valid", (int)(text->version != NULL), "normalized", normal,
                            "prerelease", (int)pre);
    if (text->version == NULL)
        json_object_set_new(row, "error", jsonx_text(text->problem));
    else
        json_object_update_new(row, text->version->semver != NULL ? semver_json(text->version->semver) : pep440_json(text->version->pep440));
    return row;
}

/* One row a line; the whole is one document. */
static void print_json_row(Job *job, const Text *text) {
    g_autoptr(json_t) row = text_json(text);
    fputs(job->printed++ == 0 ? "{\n  \"schema\": 1,\n  \"versions\": [\n    " : ",\n    ", stdout);
    json_dumpf(row, stdout, JSON_COMPACT);
}

static void end_json(const Job *job) {
    puts(job->printed == 0 ? "{\n  \"schema\": 1,\n  \"versions\": []\n}" : "\n  ]\n}");
}

static void print_parsed(Job *job, const Text *text) {
    if (job->json) {
        print_json_row(job, text);
        return;
    }
    g_autofree char *normal = text->version != NULL ? any_version_to_string(text->version) : NULL;
    puts(normal != NULL ? normal : "invalid");
}

/* ---- reading ---- */

static void take(Job *job, Text *text) {
    text->number = ++job->count;
    job->invalid = job->invalid || text->version == NULL;
    if (job->kept != NULL) {
        g_ptr_array_add(job->kept, text);
        return;
    }
    print_parsed(job, text);
    text_free(text);
}

static Text *read_text(const char *input, VersionScheme scheme) {
    Text *text = g_new0(Text, 1);
    g_autoptr(GError) problem = NULL;
    text->input = g_strdup(input);
    text->version = any_version_parse(scheme, input, &problem);
    if (problem != NULL)
        text->problem = g_strdup(error_get_why(problem));
    return text;
}

/* A line may hold anything. What follows the limit is not kept: it is no version in any case. */
static void take_line(Job *job, GString *line, guint place) {
    if (line->len > 0 && line->len <= LINE_LIMIT && line->str[line->len - 1] == '\r')
        g_string_truncate(line, line->len - 1);
    const char *odd = line->len > LINE_LIMIT ? "the line is longer than " G_STRINGIFY(LINE_LIMIT) " bytes" : NULL;
    if (odd == NULL && memchr(line->str, '\0', line->len) != NULL)
        odd = "the line holds a NUL";
    Text *text = NULL;
    if (odd == NULL) {
        text = read_text(line->str, job->scheme);
    } else {
        text = g_new0(Text, 1);
        text->input = g_utf8_make_valid(line->str, (gssize)MIN(line->len, LINE_LIMIT));
        text->problem = g_strdup(odd);
    }
    text->place = place;
    text->is_line = true;
    take(job, text);
    g_string_truncate(line, 0);
}

/* The first Ctrl-C only raises a flag, which a read that waits would not see. */
static ssize_t read_chunk(char *chunk, GError **error) {
    interrupt_heed(true);
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    for (;;) {
        int ready = poll(&input, 1, LOOK_FOR_CTRL_C);
        if (g_atomic_int_get(interrupt_flag()) > 0) {
            error_set(error, ERROR_INTERRUPTED, "interrupted while reading standard input");
            error_state(error, "nothing was changed");
            error_fix(error, "start it again, with a file or a pipe behind '-'");
            return -1;
        }
        ssize_t got = ready > 0 ? read(STDIN_FILENO, chunk, CHUNK) : ready;
        bool again = got < 0 && (errno == EINTR || errno == EAGAIN);
        if (ready == 0 || again)
            continue;
        if (got >= 0)
            return got;
        error_errno(error, ERROR_IO, errno, "cannot read standard input");
        error_state(error, "nothing was changed");
        error_fix(error, "give '-' a file or a pipe: git tag | slipway version sort -");
        return -1;
    }
}

/* Nobody reads any more where standard output is a pipe that was closed: then there is nothing left to do. */
static bool read_lines(Job *job, GError **error) {
    g_autofree char *chunk = g_malloc(CHUNK);
    g_autoptr(GString) line = g_string_new(NULL);
    guint place = 0;
    bool open = false; /* a line has begun */
    ssize_t got = 0;
    while (sink_problem() == 0 && (got = read_chunk(chunk, error)) > 0) {
        const char *at = chunk, *end = chunk + got;
        while (at < end) {
            const char *stop = memchr(at, '\n', (gsize)(end - at));
            gsize length = (gsize)((stop != NULL ? stop : end) - at);
            g_string_append_len(line, at, (gssize)MIN(length, LINE_LIMIT + 1 - MIN(line->len, LINE_LIMIT + 1)));
            open = stop == NULL;
            if (!open)
                take_line(job, line, ++place);
            at += length + (open ? 0 : 1);
        }
    }
    if (got == 0 && open)
        take_line(job, line, ++place);
    return got >= 0;
}

static bool read_all(Job *job, char **args, GError **error) {
    for (guint i = 0; args[i] != NULL; i++) {
        if (g_str_equal(args[i], "-")) {
            if (!read_lines(job, error))
                return false;
            continue;
        }
        Text *text = read_text(args[i], job->scheme);
        text->place = i + 1;
        take(job, text);
    }
    return true;
}

static bool all_valid(const Job *job, GError **error) {
    for (guint i = 0; job->invalid && i < job->kept->len; i++) {
        const Text *text = g_ptr_array_index(job->kept, i);
        if (text->version != NULL)
            continue;
        g_autofree char *shown = text_escape(text->input, (gssize)strnlen(text->input, 100), false);
        error_set(error, ERROR_BAD_VERSION, "%s %u, '%s', is not a version", text->is_line ? "line" : "argument", text->place, shown);
        error_why(error, "%s", text->problem);
        error_state(error, "nothing was compared");
        error_fix(error, "see what is wrong with which: slipway version parse --json --scheme %s …", version_scheme_name(job->scheme));
        return false;
    }
    return true;
}

/* ---- the three ---- */

static int parse(Job *job, char **args, GError **error) {
    if (!read_all(job, args, error))
        return 0;
    if (job->json)
        end_json(job);
    return job->invalid ? 1 : 0;
}

static int compare(Job *job, char **args, GError **error) {
    if (!read_all(job, args, error))
        return 0;
    if (job->kept->len != 2) {
        error_set(error, ERROR_USAGE, "compare wants two versions, not %u", job->kept->len);
        error_state(error, "nothing was compared");
        error_fix(error, "slipway version compare 1.2.0 1.10.0");
        return 0;
    }
    if (!all_valid(job, error))
        return 0;
    const Text *first = g_ptr_array_index(job->kept, 0), *second = g_ptr_array_index(job->kept, 1);
    int order = any_version_compare(first->version, second->version);
    if (job->json)
        printf("{\"schema\": 1, \"order\": %d}\n", order);
    else
        puts(order < 0 ? "<" : order > 0 ? ">" : "=");
    return 0;
}

/* Those of equal rank stay in the order they came in. */
static int lowest_first(gconstpointer a, gconstpointer b) {
    const Text *first = *(const Text *const *)a, *second = *(const Text *const *)b;
    int order = any_version_compare(first->version, second->version);
    return order != 0 ? order : (first->number > second->number) - (first->number < second->number);
}

static int sort(Job *job, char **args, GError **error) {
    if (!read_all(job, args, error) || !all_valid(job, error))
        return 0;
    g_ptr_array_sort(job->kept, lowest_first);
    for (guint i = 0; i < job->kept->len && sink_problem() == 0; i++) {
        const Text *text = g_ptr_array_index(job->kept, i);
        if (job->json)
            print_json_row(job, text);
        else
            puts(text->input);
    }
    if (job->json)
        end_json(job);
    return 0;
}

int version_strings_parse(char **args, const char *scheme, bool json, GError **error) {
    Job job = {.json = json};
    return version_scheme_by_name(scheme, &job.scheme, error) ? parse(&job, args, error) : 0;
}

static int with_all(char **args, const char *scheme, bool json, int (*act)(Job *, char **, GError **), GError **error) {
    g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func((GDestroyNotify)text_free);
    Job job = {.json = json, .kept = kept};
    return version_scheme_by_name(scheme, &job.scheme, error) ? act(&job, args, error) : 0;
}

int version_strings_compare(char **args, const char *scheme, bool json, GError **error) {
    return with_all(args, scheme, json, compare, error);
}

int version_strings_sort(char **args, const char *scheme, bool json, GError **error) {
    return with_all(args, scheme, json, sort, error);
}
