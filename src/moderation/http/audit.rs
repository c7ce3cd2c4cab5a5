//! The audit log, for admins.

use poem::{Request, handler};
use serde_json::json;

use crate::{
    accounts::{ServerAction, User, demand},
    error::{Error, Result},
    moderation::{
        Moderation,
        audit_page::{AuditPage, AuditQuery, RecordedJson},
    },
    web::{
        framed::Framed,
        query::{lenient_param, param},
        reply::Reply,
        state::State,
        wants::Wants,
    },
};

/// `GET /admin/audit?action=&actor=&user=&before=`: entries of the audit log, newest first.
#[handler]
pub async fn index(
    user: User,
    wants: Wants,
    req: &Request,
    State(moderation): State<Moderation>,
) -> Result<Reply> {
    demand(user.role, ServerAction::ReadAuditLog)?;
    let text = |name| lenient_param::<String>(req, name).unwrap_or_default();
    let query = AuditQuery {
        action: text("action"),
        actor: text("actor"),
        user: text("user"),
        before: param(req, "before", "before must be a whole number.")?,
    };
    let found = moderation.audit_log(&user, &query).await;
    let page = match (found, wants) {
        (Ok(found), Wants::Json) => {
            let entries: Vec<_> = found.items.iter().map(RecordedJson::from).collect();
            let value = json!({ "entries": entries, "more": found.more });
            return Ok(Reply::json(&value));
        }
        (Ok(found), _) => AuditPage::new(query, found),
        (Err(error @ Error::Invalid(_)), Wants::Page) => AuditPage::refused(query, error),
        (Err(error), _) => return Err(error),
    };
    let framed = Framed::new(user.viewer(), "Audit log", "/admin/audit", &page)?;
    Ok(match &page.error {
        Some(error) => framed.refused(error).into(),
        None => framed.into(),
    })
}
