#include "changelog/template.h"

#include <exception>
#include <kainjow/mustache.hpp>
#include <string>

using kainjow::mustache::data;

namespace {

bool is_something(const json_t *value) {
    return json_is_string(value) ? json_string_length(value) > 0 : json_array_size(value) > 0;
}

data convert(const json_t *value);

data convert_object(const json_t *value) {
    data object{data::type::object};
    const char *key;
    json_t *member;
    json_object_foreach(const_cast<json_t *>(value), key, member) {
        object.set(key, convert(member));
        object.set(std::string("has_") + key, is_something(member) ? data::type::bool_true : data::type::bool_false);
    }
    return object;
}

data convert_list(const json_t *value) {
    data list{data::type::list};
    for (size_t i = 0; i < json_array_size(value); i++)
        list << convert(json_array_get(value, i));
    return list;
}

data convert(const json_t *value) {
    if (json_is_object(value))
        return convert_object(value);
    if (json_is_array(value))
        return convert_list(value);
    if (json_is_string(value))
        return data{std::string(json_string_value(value), json_string_length(value))};
    if (json_is_integer(value))
        return data{std::to_string(json_integer_value(value))};
    return json_is_true(value) ? data{data::type::bool_true} : data{data::type::bool_false};
}

} // namespace

/* No exception leaves this file: what called it is C. */
char *template_render(const char *text, const json_t *values, char **problem) {
    *problem = nullptr;
    try {
        kainjow::mustache::mustache mustache{std::string(text)};
        mustache.set_custom_escape([](const std::string &value) { return value; });
        std::string out = mustache.is_valid() ? mustache.render(convert(values)) : std::string();
        if (mustache.is_valid())
            return g_strdup(out.c_str());
        *problem = g_strdup(mustache.error_message().c_str());
    } catch (const std::exception &failure) {
        *problem = g_strdup(failure.what());
    }
    return nullptr;
}
