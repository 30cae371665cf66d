/* reStructuredText is what docutils makes of it: readme_renderer, which indexes and twine use, is asked. One process renders the descriptions of all packages;
 * what it does not answer for, in time and memory, stays not checked. */
#include "base/jsonx.h"
#include "base/process.h"
#include "package/parts.h"

#include <string.h>

#define SECONDS 20
#define WORDS_LIMIT 300

/* -I: neither this folder nor the user's packages. One line of JSON for each text, written at once, so that one that never ends takes no other with it. */
static const char script[] = "import io, json, resource, sys\n"
                             "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
                             "try:\n"
                             "    import readme_renderer.rst as rst\n"
                             "except ImportError as error:\n"
                             "    sys.exit(3)\n"
                             "for text in json.load(sys.stdin):\n"
                             "    words = io.StringIO()\n"
                             "    try:\n"
                             "        done = rst.render(text, stream=words) is not None\n"
                             "        answer = {'done': done, 'words': words.getvalue()[:2000]}\n"
                             "    except Exception as error:\n"
                             "        answer = {'failed': type(error).__name__}\n"
                             "    except MemoryError:\n"
                             "        answer = {'failed': 'MemoryError'}\n"
                             "    print(json.dumps(answer), flush=True)\n";

static json_t *texts_of(const GPtrArray *packages) {
    json_t *texts = json_array();
    for (guint i = 0; i < packages->len; i++) {
        const Package *package = packages->pdata[i];
        if (package->rst != NULL)
            json_array_append_new(texts, jsonx_text(package->rst));
    }
    return texts;
}

/* "<string>:7: (WARNING/2) Title underline too short." and the lines it quotes → "line 7: Title underline too short." */
static char *first_words(const char *words) {
    g_auto(GStrv) lines = g_strsplit(words, "\n", 2);
    g_autoptr(GRegex) form = g_regex_new("^<string>:([0-9]*): \\([A-Z]+/[0-9]\\) ", 0, 0, NULL);
    g_autofree char *line = g_regex_replace(form, lines[0] != NULL ? lines[0] : "", -1, 0, "its line \\1: ", 0, NULL);
    return g_strndup(line != NULL ? line : "", WORDS_LIMIT);
}

static void take_answer(Package *package, const char *line) {
    g_autoptr(json_t) answer = jsonx_parse(line, strlen(line), 1 << 16, "answer of the renderer", NULL);
    const char *failed = jsonx_string(answer, "failed");
    if (answer == NULL || failed != NULL) {
        g_autofree char *why = g_strdup_printf("readme_renderer gave up: %s", failed != NULL ? failed : "its answer cannot be read");
        package_not_checked(package, PACKAGE_RENDERING, "whether the description renders", why);
        return;
    }
    package_now_checked(package, PACKAGE_RENDERING);
    if (jsonx_bool(answer, "done", false))
        return;
    g_autofree char *words = first_words(jsonx_string(answer, "words"));
    package_report(package, PACKAGE_CHECK_DESCRIPTION_MARKUP, "the description does not render as reStructuredText: %s", words);
}

static char *why_not(const ProcessResult *result) {
    if (!result->timed_out && result->exit_status == 3)
        return g_strdup("python3-readme-renderer is not installed");
    if (result->timed_out)
        return g_strdup_printf("rendering took longer than %d s", SECONDS);
    g_autofree char *end = process_describe_end(result);
    return g_strdup_printf("readme_renderer ended early: %s", end);
}

static void take_answers(GPtrArray *packages, const ProcessResult *result) {
    g_auto(GStrv) lines = g_strsplit(process_text(result->out), "\n", -1);
    guint at = 0, count = g_strv_length(lines);
    g_autofree char *why = why_not(result);
    for (guint i = 0; i < packages->len; i++) {
        Package *package = packages->pdata[i];
        if (package->rst == NULL)
            continue;
        /* The last piece is behind the last line end: no answer, or half of one. */
        if (at + 1 < count)
            take_answer(package, lines[at++]);
        else
            package_not_checked(package, PACKAGE_RENDERING, "whether the description renders", why);
        g_clear_pointer(&package->rst, g_free);
    }
}

static void none_rendered(GPtrArray *packages, const char *why) {
    for (guint i = 0; i < packages->len; i++) {
        Package *package = packages->pdata[i];
        if (package->rst != NULL)
            package_not_checked(package, PACKAGE_RENDERING, "whether the description renders", why);
    }
}

void package_render(GPtrArray *packages, const char *python, const gint *cancel) {
    g_autoptr(json_t) texts = texts_of(packages);
    if (json_array_size(texts) == 0)
        return;
    g_autofree char *input = json_dumps(texts, JSON_ENSURE_ASCII);
    g_autoptr(GBytes) bytes = g_bytes_new(input, strlen(input));
    g_auto(GStrv) env = process_clean_env(NULL);
    const char *const argv[] = {python, "-I", "-c", script, NULL};
    ProcessSpec spec = {.argv = argv,
                        .env = (const char *const *)env,
                        .cwd = "/",
                        .input = bytes,
                        .capture = 16 << 20,
                        .timeout_seconds = SECONDS,
                        .cancel = cancel,
                        .planned = true}; /* the system's Python by its full path, told to import nothing but its own */
    g_auto(ProcessResult) result = {0};
    g_autoptr(GError) error = NULL;
    if (process_run(&spec, &result, &error))
        take_answers(packages, &result);
    else
        none_rendered(packages, error->message);
}
