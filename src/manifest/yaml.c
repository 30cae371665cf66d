#include "manifest/yaml.h"

#include "base/fyx.h"

#include <string.h>

#define SIZE_LIMIT (256 << 10) /* what people write by hand is far smaller; libfyaml is not linear */

typedef struct {
    const char *text;
    gsize length;
    guint depth;   /* of open mappings and lists */
    bool in_value; /* in the document's mapping: a key was there */
    char *key;
    bool (*visit)(const YamlValue *value, void *data);
    void *data;
    bool stopped;
} Yaml;

/* Where the content of a scalar stands: as long as it is written as it is meant, its text stands there literally. */
static bool locate(const Yaml *yaml, struct fy_token *token, YamlValue *value) {
    size_t length = 0;
    const char *content = fy_token_get_text(token, &length);
    const struct fy_mark *mark = fy_token_start_mark(token);
    if (content == NULL || mark == NULL || length == 0 || mark->input_pos >= yaml->length)
        return false;
    gsize at = mark->input_pos;
    at += yaml->text[at] == '"' || yaml->text[at] == '\'' ? 1 : 0;
    if (at + length > yaml->length || memcmp(yaml->text + at, content, length) != 0 || memchr(content, '\n', length) != NULL)
        return false;
    *value = (YamlValue){.key = yaml->key, .offset = at, .length = length};
    return true;
}

/* Keys and values of the outermost mapping take turns; what stands deeper is passed over. */
static void take_scalar(Yaml *yaml, struct fy_token *token) {
    YamlValue value;
    if (yaml->depth != 1)
        return;
    if (!yaml->in_value) {
        size_t length = 0;
        const char *text = fy_token_get_text(token, &length);
        g_free(yaml->key);
        yaml->key = text != NULL ? g_strndup(text, length) : NULL;
    } else if (yaml->key != NULL && locate(yaml, token, &value))
        yaml->stopped = !yaml->visit(&value, yaml->data);
    yaml->in_value = !yaml->in_value;
}

static void open_node(Yaml *yaml, bool mapping) {
    /* A key that is no scalar. */
    if (yaml->depth == 1 && !yaml->in_value)
        g_clear_pointer(&yaml->key, g_free);
    yaml->stopped = yaml->stopped || (yaml->depth == 0 && !mapping);
    yaml->depth++;
}

static void close_node(Yaml *yaml) {
    yaml->depth--;
    if (yaml->depth == 1)
        yaml->in_value = !yaml->in_value;
}

static void take_event(Yaml *yaml, const struct fy_event *event) {
    if (event->type == FYET_SCALAR)
        take_scalar(yaml, event->scalar.value);
    else if (event->type == FYET_ALIAS && yaml->depth == 1)
        yaml->in_value = !yaml->in_value;
    else if (event->type == FYET_MAPPING_START || event->type == FYET_SEQUENCE_START)
        open_node(yaml, event->type == FYET_MAPPING_START);
    else if (event->type == FYET_MAPPING_END || event->type == FYET_SEQUENCE_END)
        close_node(yaml);
    else if (event->type == FYET_DOCUMENT_END)
        yaml->stopped = true;
}

static bool read_events(Yaml *yaml, FyParser *parser) {
    struct fy_event *event = NULL;
    while (!yaml->stopped && (event = fy_parser_parse(parser)) != NULL) {
        take_event(yaml, event);
        fy_parser_event_free(parser, event);
    }
    return yaml->stopped || !fy_parser_get_stream_error(parser);
}

static guint problem_line(FyDiag *diag) {
    const struct fy_diag_error *problem = fyx_problem(diag);
    return problem != NULL && problem->line > 0 ? (guint)problem->line : 1;
}

bool yaml_walk(const char *text, gsize length, bool (*visit)(const YamlValue *value, void *data), void *data, guint *line) {
    *line = 1;
    if (length == 0)
        return true;
    if (length > SIZE_LIMIT || !g_utf8_validate_len(text, length, NULL))
        return false;
    g_autoptr(FyDiag) diag = fyx_diag();
    struct fy_parse_cfg parse_config = fyx_config(diag);
    g_autoptr(FyParser) parser = fy_parser_create(&parse_config);
    Yaml yaml = {.text = text, .length = length, .visit = visit, .data = data};
    bool read = parser != NULL && fy_parser_set_string(parser, text, length) == 0 && read_events(&yaml, parser);
    g_free(yaml.key);
    if (!read)
        *line = problem_line(diag);
    return read;
}
