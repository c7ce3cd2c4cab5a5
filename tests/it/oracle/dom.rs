//! A document as small as our own markup needs it: elements with their bytes as they came.

use crate::harness::html::attribute;

/// What never has an end tag (HTML, "void elements"); a tag that ends in `/>` has none either.
const VOID: [&str; 4] = ["br", "hr", "img", "input"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Text(String),
    Element(Element),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The opening tag as it stands.
    pub tag: String,
    /// The end tag, or nothing.
    end: String,
    pub children: Vec<Node>,
}

impl Node {
    pub fn html(&self) -> String {
        match self {
            Node::Text(text) => text.clone(),
            Node::Element(element) => element.html(),
        }
    }

    pub fn element(&self) -> Option<&Element> {
        match self {
            Node::Text(_) => None,
            Node::Element(element) => Some(element),
        }
    }
}

impl Element {
    pub fn html(&self) -> String {
        let inner: String = self.children.iter().map(Node::html).collect();
        format!("{}{inner}{}", self.tag, self.end)
    }

    pub fn id(&self) -> Option<String> {
        attribute(&self.tag, "id")
    }

    pub fn has_class(&self, name: &str) -> bool {
        attribute(&self.tag, "class").is_some_and(|list| list.split(' ').any(|one| one == name))
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        attribute(&self.tag, name)?.parse().ok()
    }
}

/// The nodes of a piece of markup.
pub fn parse(html: &str) -> Vec<Node> {
    let mut rest = html;
    let nodes = nodes(&mut rest);
    assert!(rest.is_empty(), "an end without a beginning: {rest}");
    nodes
}

/// Up to the end tag of whatever is open.
fn nodes(rest: &mut &str) -> Vec<Node> {
    let mut nodes = Vec::new();
    while !rest.is_empty() && !rest.starts_with("</") {
        let Some(tag) = rest.strip_prefix('<') else {
            let end = rest.find('<').unwrap_or(rest.len());
            nodes.push(Node::Text(rest[..end].to_string()));
            *rest = &rest[end..];
            continue;
        };
        let length = tag.find('>').expect("a tag ends") + 2;
        let tag = rest[..length].to_string();
        *rest = &rest[length..];
        nodes.push(Node::Element(element(tag, rest)));
    }
    nodes
}

fn element(tag: String, rest: &mut &str) -> Element {
    let name = tag[1..]
        .split([' ', '>', '/', '\n'])
        .next()
        .unwrap_or_default();
    if VOID.contains(&name) || tag.ends_with("/>") || tag.starts_with("<!") {
        let (end, children) = (String::new(), Vec::new());
        return Element { tag, end, children };
    }
    let end = format!("</{name}>");
    let children = nodes(rest);
    *rest = rest
        .strip_prefix(&end)
        .unwrap_or_else(|| panic!("{tag} is not ended: {rest}"));
    Element { tag, end, children }
}

/// The element with an id, in the order of the document.
pub fn find<'a>(nodes: &'a [Node], id: &str) -> Option<&'a Element> {
    nodes.iter().filter_map(Node::element).find_map(|element| {
        if element.id().as_deref() == Some(id) {
            return Some(element);
        }
        find(&element.children, id)
    })
}

/// All elements with a class that are in none of their kind.
pub fn of_class<'a>(nodes: &'a [Node], class: &str) -> Vec<&'a Element> {
    let elements = nodes.iter().filter_map(Node::element);
    let found = elements.flat_map(|element| match element.has_class(class) {
        true => vec![element],
        false => of_class(&element.children, class),
    });
    found.collect()
}

/// Puts nodes in the place of the element with an id; says whether it was there.
pub fn replace(nodes: &mut Vec<Node>, id: &str, with: &[Node]) -> bool {
    for at in 0..nodes.len() {
        let Node::Element(element) = &mut nodes[at] else {
            continue;
        };
        if element.id().as_deref() == Some(id) {
            nodes.splice(at..=at, with.iter().cloned());
            return true;
        }
        if replace(&mut element.children, id, with) {
            return true;
        }
    }
    false
}
