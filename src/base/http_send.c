/* What is sent with a change. A file is read as it goes; its length, and when it was last written, must stay as they were. */
#include "base/error.h"
#include "base/http_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static gint64 changed_at(const struct stat *info) {
    return (gint64)info->st_mtim.tv_sec * G_GINT64_CONSTANT(1000000000) + info->st_mtim.tv_nsec;
}

static size_t stop(HttpSend *send, const char *why) {
    if (send->broken == NULL)
        send->broken = g_strdup(why);
    return CURL_READFUNC_ABORT;
}

/* The file is looked at with every piece, so that a request with a changed one is never whole. */
static size_t read_file(char *into, size_t size, size_t count, void *data) {
    HttpSend *send = data;
    struct stat info;
    gsize room = (gsize)MIN((gint64)(size * count), send->left);
    ssize_t got;
    if (fstat(send->fd, &info) != 0)
        return stop(send, g_strerror(errno));
    if (info.st_size != send->size || changed_at(&info) != send->changed)
        return stop(send, info.st_size < send->size ? "it became shorter while it was sent" : "it was changed while it was sent");
    if (room == 0)
        return 0;
    do {
        got = read(send->fd, into, room);
    } while (got < 0 && errno == EINTR);
    if (got <= 0)
        return stop(send, got < 0 ? g_strerror(errno) : "it became shorter while it was sent");
    send->left -= got;
    return (size_t)got;
}

static bool open_file(HttpSend *send, GError **error) {
    struct stat info;
    const char *path = send->body->path;
    send->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (send->fd < 0 || fstat(send->fd, &info) != 0)
        return error_errno(error, ERROR_IO, errno, "%s cannot be sent", path);
    if (!S_ISREG(info.st_mode)) {
        error_set(error, ERROR_IO, "%s cannot be sent", path);
        error_why(error, "it is no file");
        return false;
    }
    posix_fadvise(send->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    send->size = send->left = info.st_size;
    send->changed = changed_at(&info);
    return true;
}

/* Without a function to seek: libcurl must not send it twice. */
static bool set_form(HttpSend *send, CURL *curl) {
    const HttpBody *body = send->body;
    send->form = curl_mime_init(curl);
    curl_mimepart *part = curl_mime_addpart(send->form);
    curl_mime_name(part, body->form);
    curl_mime_filename(part, body->file != NULL ? body->file : "file");
    curl_mime_type(part, body->type != NULL ? body->type : "application/octet-stream");
    if (body->path != NULL) {
        curl_mime_data_cb(part, send->size, read_file, NULL, NULL, send);
    } else {
        gsize length = 0;
        const char *bytes = body->bytes != NULL ? g_bytes_get_data(body->bytes, &length) : "";
        curl_mime_data(part, bytes, length);
    }
    return curl_easy_setopt(curl, CURLOPT_MIMEPOST, send->form) == CURLE_OK;
}

bool http_send_open(HttpSend *send, CURL *curl, const HttpRequest *request, GError **error) {
    *send = (HttpSend){.body = request->body, .fd = -1};
    bool empty = request->body == NULL;
    if (!empty && request->body->path != NULL && !open_file(send, error))
        return false;
    if (!empty && request->body->form != NULL) {
        set_form(send, curl);
    } else if (!empty && request->body->path != NULL) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)send->size);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_file);
        curl_easy_setopt(curl, CURLOPT_READDATA, send);
    } else if (!empty || !g_str_equal(request->method, "DELETE")) {
        gsize length = 0;
        const char *bytes = !empty && request->body->bytes != NULL ? g_bytes_get_data(request->body->bytes, &length) : NULL;
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, bytes != NULL ? bytes : "");
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 256L * 1024);
    return true;
}

void http_send_close(HttpSend *send) {
    if (send->body != NULL && send->fd >= 0)
        close(send->fd);
    curl_mime_free(send->form);
    g_free(send->broken);
    *send = (HttpSend){0};
}
