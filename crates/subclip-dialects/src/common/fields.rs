//! Reads a JSON object field by field and notes everything that is wrong, so that a client hears of all of it at once.

use std::cell::RefCell;

use serde_json::{Map, Value};

/// The sentences said so far about what is wrong with a request.
#[derive(Debug, Default)]
pub(crate) struct Faults(RefCell<Vec<String>>);

impl Faults {
    /// Notes one thing that is wrong.
    pub(crate) fn note(&self, sentence: impl Into<String>) {
        self.0.borrow_mut().push(sentence.into());
    }

    /// `value` if nothing was wrong, else all the sentences.
    pub(crate) fn unless_any<T>(self, value: Option<T>) -> Result<T, Vec<String>> {
        let mut sentences = self.0.into_inner();
        match value {
            Some(value) if sentences.is_empty() => Ok(value),
            _ => {
                if sentences.is_empty() {
                    sentences.push("The request can't be understood.".to_owned());
                }
                Err(sentences)
            }
        }
    }
}

/// A JSON object within a request. A field that is `null` counts as one that is not there.
#[derive(Clone)]
pub(crate) struct Fields<'a> {
    place: String,
    map: &'a Map<String, Value>,
    faults: &'a Faults,
}

impl<'a> Fields<'a> {
    /// The whole body.
    pub(crate) fn of_body(body: &'a Value, faults: &'a Faults) -> Option<Self> {
        let Value::Object(map) = body else {
            faults.note("The body must be a JSON object.");
            return None;
        };
        Some(Self { place: String::new(), map, faults })
    }

    /// An object in a list; `place` names it, as in `inputs[0]`.
    pub(crate) fn of_item(place: String, item: &'a Value, faults: &'a Faults) -> Option<Self> {
        let Value::Object(map) = item else {
            faults.note(format!("{place} must be an object."));
            return None;
        };
        Some(Self { place, map, faults })
    }

    /// How a field of this object is called in sentences.
    pub(crate) fn name(&self, field: &str) -> String {
        if self.place.is_empty() { field.to_owned() } else { format!("{}.{field}", self.place) }
    }

    /// Notes what is wrong with a field: `"must be …"`.
    pub(crate) fn note(&self, field: &str, what: &str) {
        self.faults.note(format!("{} {what}.", self.name(field)));
    }

    /// The list this object notes its faults in.
    pub(crate) fn faults(&self) -> &'a Faults {
        self.faults
    }

    /// The field as it stands.
    pub(crate) fn value(&self, field: &str) -> Option<&'a Value> {
        self.map.get(field).filter(|value| !value.is_null())
    }

    /// Whether the field is there, be it to say `null`.
    pub(crate) fn says(&self, field: &str) -> bool {
        self.map.contains_key(field)
    }

    fn read<T>(&self, field: &str, what: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.value(field)?;
        let found = read(value);
        if found.is_none() {
            self.note(field, &format!("must be {what}"));
        }
        found
    }

    /// Text.
    pub(crate) fn text(&self, field: &str) -> Option<&'a str> {
        self.read(field, "a string", Value::as_str)
    }

    /// Text of at most `most` code points.
    pub(crate) fn text_up_to(&self, field: &str, most: usize) -> Option<&'a str> {
        let text = self.text(field)?;
        if text.chars().count() > most {
            self.note(field, &format!("must have at most {most} characters"));
            return None;
        }
        Some(text)
    }

    /// One of a few words.
    pub(crate) fn word(&self, field: &str, words: &[&str]) -> Option<&'a str> {
        let text = self.text(field)?;
        if !words.contains(&text) {
            self.note(field, &format!("must be one of {}", words.join(", ")));
            return None;
        }
        Some(text)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, field: &str) -> Option<bool> {
        self.read(field, "true or false", Value::as_bool)
    }

    /// A number.
    pub(crate) fn number(&self, field: &str) -> Option<f64> {
        self.read(field, "a number", Value::as_f64)
    }

    /// An object.
    pub(crate) fn object(&self, field: &str) -> Option<Fields<'a>> {
        let map = self.read(field, "an object", Value::as_object)?;
        Some(Self { place: self.name(field), map, faults: self.faults })
    }

    /// The items of a list, each with the name of its place.
    pub(crate) fn list(&self, field: &str) -> Option<Vec<(String, &'a Value)>> {
        let items = self.read(field, "a list", Value::as_array)?;
        Some(items.iter().enumerate().map(|(n, item)| (format!("{}[{n}]", self.name(field)), item)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let body = json!({
            "name": 5, "size": "big", "on": "yes", "meta": [], "list": {}, "long": "ähm", "kind": "odd",
            "deep": {"at": "x"}, "none": null, "fine": "äh",
        });
        let faults = Faults::default();
        let fields = Fields::of_body(&body, &faults).unwrap();
        assert_eq!(fields.text("name"), None);
        assert_eq!(fields.number("size"), None);
        assert_eq!(fields.flag("on"), None);
        assert!(fields.object("meta").is_none() && fields.list("list").is_none());
        assert_eq!(fields.text_up_to("long", 2), None);
        assert_eq!(fields.word("kind", &["plain", "fancy"]), None);
        assert_eq!(fields.object("deep").unwrap().number("at"), None);
        assert_eq!((fields.text("none"), fields.says("none"), fields.text("absent")), (None, true, None));
        assert_eq!(fields.text_up_to("fine", 2), Some("äh"));
        assert_eq!(
            faults.unless_any(Some(())).unwrap_err(),
            [
                "name must be a string.",
                "size must be a number.",
                "on must be true or false.",
                "meta must be an object.",
                "list must be a list.",
                "long must have at most 2 characters.",
                "kind must be one of plain, fancy.",
                "deep.at must be a number.",
            ]
        );
    }

    #[test]
    fn only_objects_have_fields() {
        let faults = Faults::default();
        assert!(Fields::of_body(&json!([]), &faults).is_none());
        assert!(Fields::of_item("inputs[1]".to_owned(), &json!(3), &faults).is_none());
        assert_eq!(
            faults.unless_any(None::<()>).unwrap_err(),
            ["The body must be a JSON object.", "inputs[1] must be an object."]
        );
    }
}
