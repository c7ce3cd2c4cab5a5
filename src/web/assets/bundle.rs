//! Bundles of script modules: an entry and every module that it imports, in one file.
//!
//! One file compresses a third better than the 28 modules alone (20 KB instead of 30), which keeps a first visit under
//! 50 KB. A module becomes a function that returns its exports, so that its other names stay its own. Exports share one
//! scope and need names that differ.

use std::collections::BTreeMap;

/// Joins the module `entry` and everything that it imports. `sources` maps names (`room.js`) to texts without
/// comments and indentation.
///
/// # Errors
/// The message names a module that is missing, modules that import each other, two exports of one name, or a
/// statement that the bundle cannot express: `import`s other than `{ a, b }` and exports other than declarations.
pub(super) fn bundle(entry: &str, sources: &BTreeMap<String, String>) -> Result<String, String> {
    let mut bundler = Bundler {
        sources,
        done: Vec::new(),
        open: Vec::new(),
        exported: BTreeMap::new(),
        out: String::new(),
    };
    bundler.add(entry)?;
    Ok(bundler.out)
}

struct Bundler<'a> {
    sources: &'a BTreeMap<String, String>,
    /// Modules that `out` contains.
    done: Vec<&'a str>,
    /// Modules whose imports are being added, outermost first.
    open: Vec<&'a str>,
    /// Exported names, and the module that exports each.
    exported: BTreeMap<&'a str, &'a str>,
    out: String,
}

impl<'a> Bundler<'a> {
    /// Adds a module after its imports.
    fn add(&mut self, name: &str) -> Result<(), String> {
        let sources = self.sources;
        let path = self.open.join(" > ");
        let module = sources.get_key_value(name);
        let (name, source) = module.ok_or_else(|| format!("{path} imports {name}"))?;
        if self.done.contains(&&**name) {
            return Ok(());
        }
        if self.open.contains(&&**name) {
            return Err(format!("{path} > {name} is a circle"));
        }
        self.open.push(name);
        let (mut body, mut exports) = (String::with_capacity(source.len()), Vec::new());
        for statement in source.lines() {
            if statement.starts_with("import ") {
                self.add(imported(statement).ok_or_else(|| refused(name, statement))?)?;
                continue;
            }
            let code = statement.strip_prefix("export ").unwrap_or(statement);
            if code.len() < statement.len() {
                let export = declared(code).ok_or_else(|| refused(name, statement))?;
                if let Some(other) = self.exported.insert(export, name) {
                    return Err(format!("{other} and {name} export {export}"));
                }
                exports.push(export);
            }
            body.push_str(code);
            body.push('\n');
        }
        self.open.pop();
        self.done.push(name);
        let exports = exports.join(",");
        let module = match exports.is_empty() {
            true => format!("{{\n{body}}}\n"),
            false => format!("const {{{exports}}}=(()=>{{\n{body}return {{{exports}}};\n}})();\n"),
        };
        self.out.push_str(&module);
        Ok(())
    }
}

fn refused(module: &str, statement: &str) -> String {
    format!("{module} has a statement that a bundle cannot express: {statement}")
}

/// Name of the module that a statement imports from: `room.js` of `import { room } from "./room.js";`.
fn imported(statement: &str) -> Option<&str> {
    let (before, name) = statement.strip_suffix("\";")?.rsplit_once("\"./")?;
    let names = before.strip_prefix("import ")?;
    let plain = names.is_empty() || names.starts_with("{ ") && names.ends_with(" } from ");
    (plain && !names.contains(" as ")).then_some(name)
}

/// Name that a declaration introduces: `send` of `async function send(text) {`.
fn declared(code: &str) -> Option<&str> {
    let kinds = [
        "const ",
        "function ",
        "async function ",
        "function* ",
        "class ",
    ];
    let rest = kinds.iter().find_map(|kind| code.strip_prefix(kind))?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
    let name = &rest[..end.unwrap_or(rest.len())];
    (!name.is_empty()).then_some(name)
}
