#include "manifest/xml.h"

#include <string.h>

#define DEPTH_LIMIT 200

typedef struct {
    const char *text;
    gsize length, at;
    gsize prefix, prefix_length; /* of the root's name, with its colon */
    bool begun;
    GString *path;
    GArray *starts; /* of gsize: the path's length before each open element */
    gsize content;  /* where the innermost element's text begins */
    bool plain;     /* nothing but text has come in it */
    bool (*visit)(const XmlText *element, void *data);
    void *data;
    bool stopped;
} Xml;

static bool at_text(const Xml *xml, const char *word) {
    gsize size = strlen(word);
    return xml->length - xml->at >= size && memcmp(xml->text + xml->at, word, size) == 0;
}

/* Behind `end`; false: it never comes. */
static bool skip_to(Xml *xml, const char *end) {
    const char *place = memmem(xml->text + xml->at, xml->length - xml->at, end, strlen(end));
    if (place == NULL)
        return false;
    xml->at = (gsize)(place - xml->text) + strlen(end);
    return true;
}

static bool is_name_char(char c) {
    return g_ascii_isalnum(c) || (c & 0x80) != 0 || strchr("_.-:", c) != NULL;
}

static gsize name_length(const Xml *xml) {
    gsize size = 0;
    while (xml->at + size < xml->length && xml->text[xml->at + size] != '\0' && is_name_char(xml->text[xml->at + size]))
        size++;
    return size;
}

/* Elements of other vocabularies keep their prefix, and so are other elements. */
static gsize own_prefix(const Xml *xml, gsize size) {
    gsize own = xml->prefix_length;
    return own > 0 && own < size && memcmp(xml->text + xml->at, xml->text + xml->prefix, own) == 0 ? own : 0;
}

/* Up to the element's '>', which may stand in an attribute's value, too. */
static bool skip_attributes(Xml *xml) {
    while (xml->at < xml->length && xml->text[xml->at] != '>') {
        char c = xml->text[xml->at++];
        const char *close = c == '"' || c == '\'' ? memchr(xml->text + xml->at, c, xml->length - xml->at) : NULL;
        if ((c == '"' || c == '\'') && close == NULL)
            return false;
        if (close != NULL)
            xml->at = (gsize)(close - xml->text) + 1;
    }
    return xml->at < xml->length;
}

static bool open_element(Xml *xml) {
    xml->at++;
    gsize size = name_length(xml);
    if (size == 0 || xml->starts->len >= DEPTH_LIMIT)
        return false;
    const char *name = xml->text + xml->at;
    const char *colon = memchr(name, ':', size);
    if (xml->starts->len == 0 && xml->begun)
        return false;
    if (!xml->begun)
        xml->prefix = xml->at;
    if (!xml->begun && colon != NULL)
        xml->prefix_length = (gsize)(colon - name) + 1;
    xml->begun = true;
    g_array_append_val(xml->starts, xml->path->len);
    if (xml->path->len > 0)
        g_string_append_c(xml->path, '/');
    gsize local = own_prefix(xml, size);
    g_string_append_len(xml->path, name + local, (gssize)(size - local));
    xml->at += size;
    return skip_attributes(xml);
}

static void leave(Xml *xml) {
    g_string_truncate(xml->path, g_array_index(xml->starts, gsize, xml->starts->len - 1));
    g_array_set_size(xml->starts, xml->starts->len - 1);
    xml->plain = false;
}

static void tell(Xml *xml, gsize end) {
    gsize from = xml->content;
    while (from < end && g_ascii_isspace(xml->text[from]))
        from++;
    while (end > from && g_ascii_isspace(xml->text[end - 1]))
        end--;
    bool entity = memchr(xml->text + from, '&', end - from) != NULL;
    XmlText element = {.path = xml->path->str, .offset = from, .length = end - from};
    if (end > from && !entity)
        xml->stopped = !xml->visit(&element, xml->data);
}

static bool close_element(Xml *xml) {
    if (xml->starts->len == 0)
        return false;
    gsize text_end = xml->at;
    xml->at += 2;
    gsize size = name_length(xml), local = own_prefix(xml, size), start = g_array_index(xml->starts, gsize, xml->starts->len - 1);
    const char *open = xml->path->str + start + (start > 0 ? 1 : 0);
    if (strlen(open) != size - local || memcmp(open, xml->text + xml->at + local, size - local) != 0)
        return false;
    if (xml->plain)
        tell(xml, text_end);
    leave(xml);
    xml->at += size;
    while (xml->at < xml->length && g_ascii_isspace(xml->text[xml->at]))
        xml->at++;
    return xml->at < xml->length && xml->text[xml->at++] == '>';
}

static bool start_element(Xml *xml) {
    if (!open_element(xml))
        return false;
    bool empty = xml->text[xml->at - 1] == '/';
    xml->at++;
    xml->content = xml->at;
    xml->plain = true;
    if (empty)
        leave(xml);
    return true;
}

/* A declaration between the document's own brackets could give an entity any meaning. */
static bool skip_doctype(Xml *xml) {
    gsize from = xml->at;
    if (skip_to(xml, ">") && memchr(xml->text + from, '[', xml->at - from) == NULL)
        return true;
    xml->at = from;
    return false;
}

static bool read_mark(Xml *xml) {
    if (at_text(xml, "</"))
        return close_element(xml);
    bool special = at_text(xml, "<!") || at_text(xml, "<?");
    if (!special)
        return start_element(xml);
    xml->plain = false;
    if (at_text(xml, "<!--"))
        return skip_to(xml, "-->");
    if (at_text(xml, "<![CDATA["))
        return skip_to(xml, "]]>");
    return at_text(xml, "<?") ? skip_to(xml, "?>") : skip_doctype(xml);
}

bool xml_walk(const char *text, gsize length, bool (*visit)(const XmlText *element, void *data), void *data, guint *line) {
    bool marked = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    Xml xml = {.text = text,
               .length = length,
               .at = marked ? 3 : 0,
               .path = g_string_new(NULL),
               .starts = g_array_new(FALSE, FALSE, sizeof(gsize)),
               .visit = visit,
               .data = data};
    bool fine = length == 0 || memchr(text, '\0', length) == NULL;
    while (fine && !xml.stopped && xml.at < length) {
        const char *mark = memchr(text + xml.at, '<', length - xml.at);
        xml.at = mark != NULL ? (gsize)(mark - text) : length;
        fine = mark == NULL || read_mark(&xml);
    }
    *line = 1;
    for (gsize i = 0; i < MIN(xml.at, length); i++)
        *line += text[i] == '\n' ? 1 : 0;
    fine = fine && (xml.stopped || xml.starts->len == 0);
    g_string_free(xml.path, TRUE);
    g_array_unref(xml.starts);
    return fine;
}
