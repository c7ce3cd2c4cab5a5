//! Lists of ids and of texts in statements.

use std::fmt::{Display, Write};

use diesel::{
    ExpressionMethods, QueryDsl,
    dsl::{Eq, Filter, Select},
};

use crate::schema::{
    files, link_previews, members, message_previews, messages, reactions, rooms, users,
};

diesel::table! {
    /// Function of SQLite that makes a row of each element of a JSON array.
    json_each (key) {
        key -> BigInt,
        value -> BigInt,
        /// The array. It is an argument of the function in the form of a hidden column.
        json -> Text,
    }
}

diesel::table! {
    /// The same function, for an array of texts.
    #[sql_name = "json_each"]
    json_each_text (key) {
        key -> BigInt,
        value -> Text,
        json -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(json_each_text, members);
diesel::allow_tables_to_appear_in_same_query!(json_each_text, rooms);
diesel::allow_tables_to_appear_in_same_query!(json_each_text, users);

diesel::allow_tables_to_appear_in_same_query!(json_each, files);
diesel::allow_tables_to_appear_in_same_query!(json_each, link_previews);
diesel::allow_tables_to_appear_in_same_query!(json_each, message_previews);
diesel::allow_tables_to_appear_in_same_query!(json_each, messages);
diesel::allow_tables_to_appear_in_same_query!(json_each, members);
diesel::allow_tables_to_appear_in_same_query!(json_each, reactions);
diesel::allow_tables_to_appear_in_same_query!(json_each, rooms);
diesel::allow_tables_to_appear_in_same_query!(json_each, users);

/// Subquery of ids.
pub type IdList = Select<Filter<json_each::table, Eq<json_each::json, String>>, json_each::value>;

/// Subquery of these ids, for `eq_any`. A list of values would make a new statement for each length, which SQLite has
/// to prepare each time; this one is prepared once.
pub fn id_list(ids: impl IntoIterator<Item = impl Display>) -> IdList {
    let mut json = String::from("[");
    for (number, id) in ids.into_iter().enumerate() {
        let comma = if number > 0 { "," } else { "" };
        let _ = write!(json, "{comma}{id}"); // writing to a String never fails
    }
    json.push(']');
    json_each::table
        .filter(json_each::json.eq(json))
        .select(json_each::value)
}

/// Subquery of texts.
pub type TextList =
    Select<Filter<json_each_text::table, Eq<json_each_text::json, String>>, json_each_text::value>;

/// Subquery of these texts, for `eq_any`; prepared once, like [`id_list`].
pub fn text_list(texts: &[String]) -> TextList {
    let json = serde_json::Value::from(texts).to_string();
    json_each_text::table
        .filter(json_each_text::json.eq(json))
        .select(json_each_text::value)
}

#[cfg(test)]
mod tests {
    use diesel::{Connection, RunQueryDsl, SqliteConnection};

    use super::*;

    #[test]
    fn a_list_has_any_number_of_ids() {
        let mut conn = SqliteConnection::establish(":memory:").expect("memory is free");
        for ids in [
            vec![],
            vec![7],
            vec![3, i64::MAX, -2],
            (0..50_000).collect(),
        ] {
            let rows: Vec<i64> = id_list(&ids).load(&mut conn).expect("a list of numbers");
            assert_eq!(rows, ids);
        }
    }

    #[test]
    fn a_list_has_any_texts() {
        let mut conn = SqliteConnection::establish(":memory:").expect("memory is free");
        let texts = ["", "ada", "a\"b\\c", "Зоя 🦊", "'); --"].map(String::from);
        for texts in [&texts[..0], &texts] {
            let rows: Vec<String> = text_list(texts).load(&mut conn).expect("a list of texts");
            assert_eq!(rows, texts);
        }
    }
}
