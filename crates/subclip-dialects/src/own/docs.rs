//! The API's description, for programs and for people.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use http::header;
use subclip_app::App;
use utoipa::openapi::OpenApi;

/// A page that needs nothing from elsewhere: it reads the description beside it.
const PAGE: &str = include_str!("docs.html");
/// The page's own style and script are in it; it loads nothing but the description.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'";

/// `/v1/openapi.json` and `/v1/docs`; neither needs a token.
pub(super) fn router(api: &OpenApi) -> Router<App> {
    let json = serde_json::to_string_pretty(api).expect("a description has text keys only");
    let json_type = [(header::CONTENT_TYPE, "application/json")];
    let page = ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(PAGE));
    Router::new()
        .route("/v1/openapi.json", get(async move || (json_type, json)))
        .route("/v1/docs", get(async move || page))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::own::router::described;
    use serde_json::Value;

    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(map) => {
                found.extend(map.get("$ref").and_then(Value::as_str));
                map.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn the_description_is_whole() {
        let api = serde_json::to_value(described().1).unwrap();
        let mut found = Vec::new();
        references(&api, &mut found);
        assert!(found.len() > 100);
        for reference in found {
            assert!(api.pointer(&reference[1..]).is_some(), "{reference} is not described");
        }
        let operations: Vec<(&String, &Value)> = api["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, item)| {
                item.as_object().unwrap().values().map(move |operation| (path, operation))
            })
            .collect();
        assert_eq!(operations.len(), 53);
        for (path, operation) in operations {
            assert!(operation["summary"].is_string(), "{path}");
            if path != "/v1/health" {
                assert_eq!(operation["security"][0], serde_json::json!({"token": []}), "{path}");
                assert!(operation["responses"]["401"]["content"].is_object(), "{path}");
            }
        }
        assert_eq!(api["components"]["securitySchemes"]["token"]["scheme"], "basic");
    }

    #[test]
    fn the_page_needs_nothing_from_elsewhere() {
        assert!(PAGE.contains("openapi.json"));
        assert!(!PAGE.contains("://") && !PAGE.contains("innerHTML"));
    }
}
