//! The routes of the server, from its sources, with the methods that it allows.

use std::collections::BTreeMap;

use super::table::{Row, source};
use crate::harness::http::{client, send};
use crate::harness::server::Server;

/// Methods by pattern.
pub struct Routes(BTreeMap<String, Vec<String>>);

impl Routes {
    /// Reads the patterns, and asks the server for their methods.
    pub async fn of(server: &Server) -> Routes {
        let mut routes = BTreeMap::new();
        for pattern in patterns() {
            let path: Vec<&str> = pattern.split('/').map(without_parameter).collect();
            let url = format!("{}{}", server.origin(), path.join("/"));
            // No route has this method.
            let method = "TRACE".parse().expect("a method");
            let refused = send(client().request(method, url)).await.expect(405);
            let allowed = refused.header("allow").split(", ");
            routes.insert(pattern, allowed.map(str::to_owned).collect());
        }
        Routes(routes)
    }

    /// Number of methods of all patterns.
    pub fn count(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// Whether the route of a row allows a method.
    pub fn allows(&self, row: &Row, method: &str) -> bool {
        let pattern = self.pattern(row.route());
        pattern.is_some_and(|pattern| self.0[pattern].iter().any(|one| one == method))
    }

    /// Methods and patterns without a row. The rows of `GET` are those of `HEAD`, unless it has its own.
    pub fn without_row(&self, rows: &[Row]) -> Vec<String> {
        let has_row = |pattern: &str, method: &str| {
            let mut of_pattern = rows.iter().filter(|row| self.is_of(row, pattern));
            of_pattern.any(|row| row.method == method || row.method == "GET" && method == "HEAD")
        };
        let mut missing = Vec::new();
        for (pattern, methods) in &self.0 {
            let without = methods.iter().filter(|method| !has_row(pattern, method));
            missing.extend(without.map(|method| format!("{method} {pattern}")));
        }
        missing
    }

    /// Rows whose route does not exist, or does not allow their method.
    pub fn rows_without_route(&self, rows: &[Row]) -> Vec<String> {
        let method = |row: &Row| match &*row.method {
            "SEND" => "GET".to_owned(),
            method => method.to_owned(),
        };
        let unknown = rows.iter().filter(|row| !self.allows(row, &method(row)));
        unknown.map(Row::to_string).collect()
    }

    fn is_of(&self, row: &Row, pattern: &str) -> bool {
        self.pattern(row.route()) == Some(pattern)
    }

    /// The pattern of a path: the one with the fewest parameters.
    fn pattern(&self, path: &str) -> Option<&str> {
        let fitting = self.0.keys().filter(|pattern| fits(pattern, path));
        fitting
            .min_by_key(|pattern| pattern.matches(':').count())
            .map(String::as_str)
    }
}

/// The patterns in `src/routes.rs`.
fn patterns() -> Vec<String> {
    let source = source("src/routes.rs");
    let calls = source.split(".at(").skip(1);
    let pattern = |rest: &str| {
        let start = rest.trim_start().strip_prefix('"');
        let pattern = start.and_then(|rest| rest.split('"').next());
        pattern.expect("a route with a literal pattern").to_owned()
    };
    calls.map(pattern).collect()
}

fn without_parameter(part: &str) -> &str {
    if part.starts_with(':') { "1" } else { part }
}

/// Whether a path of the table has a pattern.
fn fits(pattern: &str, path: &str) -> bool {
    let (parts, of_path) = (pattern.split('/'), path.split('/'));
    parts.clone().count() == of_path.clone().count()
        && parts
            .zip(of_path)
            .all(|(part, of_path)| part == of_path || part.starts_with(':'))
}
