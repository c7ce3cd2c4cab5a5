//! Script modules: imports rewritten to paths that carry the hash of their content.
//!
//! A module's hash covers its rewritten imports, so that modules are made after those that they import.

use std::collections::BTreeMap;

use super::Asset;

/// Makes an asset of every module. `sources` maps names (`room.js`) to texts.
///
/// # Errors
/// The message names a module that is imported but missing, or modules that import each other.
pub(super) fn linked(sources: &BTreeMap<String, String>) -> Result<Vec<Asset>, String> {
    let mut linker = Linker {
        sources,
        done: Vec::new(),
        open: Vec::new(),
    };
    for name in sources.keys() {
        linker.link(name)?;
    }
    Ok(linker.done)
}

struct Linker<'a> {
    sources: &'a BTreeMap<String, String>,
    done: Vec<Asset>,
    /// Modules whose imports are being linked, outermost first.
    open: Vec<&'a str>,
}

impl<'a> Linker<'a> {
    /// Links a module after its imports. Returns its place in `done`.
    fn link(&mut self, name: &'a str) -> Result<usize, String> {
        if let Some(place) = self.done.iter().position(|asset| asset.name == name) {
            return Ok(place);
        }
        if self.open.contains(&name) {
            return Err(format!("{} > {name} is a circle", self.open.join(" > ")));
        }
        let sources = self.sources;
        let source = sources
            .get(name)
            .ok_or_else(|| format!("{} imports {name}", self.open.join(" > ")))?;
        self.open.push(name);
        let (mut text, mut imports) = (String::with_capacity(source.len()), Vec::new());
        for line in source.lines() {
            text.push_str(&self.rewrite(line, &mut imports)?);
            text.push('\n');
        }
        self.open.pop();
        let mut asset = Asset::new(name, text.into_bytes());
        asset.imports = imports;
        self.done.push(asset);
        Ok(self.done.len() - 1)
    }

    /// Replaces the specifier of an import by a path, and adds to `imports` what comes with it.
    fn rewrite(&mut self, line: &'a str, imports: &mut Vec<String>) -> Result<String, String> {
        let Some(name) = imported(line) else {
            return Ok(line.to_owned());
        };
        let place = self.link(name)?;
        let asset = &self.done[place];
        for path in asset.imports.iter().chain([&asset.path]) {
            if !imports.contains(path) {
                imports.push(path.clone());
            }
        }
        Ok(line.replace(&format!("./{name}"), &asset.path))
    }
}

/// Name of the module that a line imports or exports from: `room.js` of `import … from "./room.js";`.
pub(super) fn imported(line: &str) -> Option<&str> {
    let starts = ["import ", "export ", "} from "];
    if !starts.iter().any(|start| line.starts_with(start)) {
        return None;
    }
    let (before, name) = line.strip_suffix("\";")?.rsplit_once("\"./")?;
    (before.ends_with("import ") || before.ends_with(" from ")).then_some(name)
}
